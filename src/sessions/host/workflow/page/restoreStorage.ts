/**
 * Runs in an empty page of an origin and puts back what a saved login holds of it: localStorage and IndexedDB.
 * What the origin had there before is replaced; nothing of other origins is touched.
 */

import { decode as decodeNodes, type Node } from "./storedValues.js";

/** A value as earlier versions wrote it, which is how Playwright's `storageState` writes it where JSON cannot hold it. */
type Encoded = string | number | boolean | { [tag: string]: unknown };

interface StoredRecord {
  keyNodes?: Node[];
  nodes?: Node[];
  key?: IDBValidKey;
  keyEncoded?: Encoded;
  value?: unknown;
  valueEncoded?: Encoded;
}
interface StoredIndex {
  name: string;
  keyPath?: string;
  keyPathArray?: string[];
  multiEntry: boolean;
  unique: boolean;
}
interface StoredStore {
  name: string;
  keyPath?: string;
  keyPathArray?: string[];
  autoIncrement: boolean;
  indexes: StoredIndex[];
  records: StoredRecord[];
}
interface StoredDatabase {
  name: string;
  version: number;
  stores: StoredStore[];
}
interface StoredOrigin {
  localStorage?: { name: string; value: string }[];
  indexedDB?: StoredDatabase[];
}

/**
 * @param json a `StoredOrigin`
 * @returns what could not be put back, as JSON: a list of texts
 */
async function restoreStorage(json: string): Promise<string> {
  const { localStorage: items = [], indexedDB: databases = [] } = JSON.parse(json) as StoredOrigin;
  const leftOut: string[] = [];
  localStorage.clear();
  for (const { name, value } of items) localStorage.setItem(name, value);
  for (const { name } of await indexedDB.databases()) if (name !== undefined) await deleteDatabase(name);
  for (const database of databases) {
    try {
      await restoreDatabase(database, leftOut);
    } catch (error) {
      leftOut.push(`the database "${database.name}": ${String(error)}`);
    }
  }
  return JSON.stringify(leftOut);
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error ?? new Error(`the database ${name} cannot be deleted`));
    request.onblocked = () => reject(new Error(`an open page uses the database ${name} of ${location.origin}`));
  });
}

async function restoreDatabase({ name, version, stores }: StoredDatabase, leftOut: string[]): Promise<void> {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => {
    for (const store of stores) {
      const made = request.result.createObjectStore(store.name, {
        autoIncrement: store.autoIncrement,
        keyPath: store.keyPathArray ?? store.keyPath ?? null,
      });
      for (const index of store.indexes)
        made.createIndex(index.name, index.keyPathArray ?? index.keyPath ?? "", {
          unique: index.unique,
          multiEntry: index.multiEntry,
        });
    }
  };
  const database = await resultOf(request);
  try {
    for (const { name: store, records } of stores) {
      // Decoded before there is a transaction, which ends where nothing is asked of it.
      const made: { key: IDBValidKey | undefined; value: unknown }[] = [];
      for (const record of records) {
        try {
          made.push(await valuesOf(record));
        } catch (error) {
          leftOut.push(`a record of "${store}" in the database "${name}": ${String(error)}`);
        }
      }
      const work = database.transaction(store, "readwrite");
      const kept = completed(work);
      const target = work.objectStore(store);
      await Promise.all(
        made.map(async ({ key, value }) => {
          try {
            await resultOf(target.add(value, key));
          } catch (error) {
            leftOut.push(`a record of "${store}" in the database "${name}": ${String(error)}`);
          }
        }),
      );
      // A record that was taken is kept when its transaction has ended, and not where the page is closed before.
      await kept;
    }
  } finally {
    database.close();
  }
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("it was not kept"));
  });
}

async function valuesOf(record: StoredRecord): Promise<{ key: IDBValidKey | undefined; value: unknown }> {
  if (record.nodes)
    return {
      value: await decodeNodes(record.nodes),
      key: record.keyNodes && ((await decodeNodes(record.keyNodes)) as IDBValidKey),
    };
  return {
    value: "value" in record ? record.value : decode(record.valueEncoded),
    key: "key" in record ? record.key : (decode(record.keyEncoded) as IDBValidKey | undefined),
  };
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      // It fails alone, not with all that is asked of its transaction.
      event.preventDefault();
      reject(request.error ?? new Error("IndexedDB failed"));
    };
  });
}

const arrays = {
  i8: Int8Array,
  ui8: Uint8Array,
  ui8c: Uint8ClampedArray,
  i16: Int16Array,
  ui16: Uint16Array,
  i32: Int32Array,
  ui32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  bi64: BigInt64Array,
  bui64: BigUint64Array,
};
const words: Record<string, unknown> = {
  undefined,
  null: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "-0": -0,
};

/** @param seen containers by number: a value may hold one several times, or itself */
function decode(value: unknown, seen = new Map<unknown, unknown>()): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { v, ref, d, u, bi, e, r, a, o, m, s, ta, ab, id } = value as {
    v?: string;
    ref?: number;
    d?: string;
    u?: string;
    bi?: string;
    e?: { m: string; n: string; s: string };
    r?: { p: string; f: string };
    a?: unknown[];
    o?: { k: string; v: unknown }[];
    m?: { k: unknown; v: unknown }[];
    s?: unknown[];
    ta?: { b: string; k: keyof typeof arrays };
    ab?: { b: string };
    id?: number;
  };
  const holding = <T extends object>(made: T, fill: (made: T) => void): T => {
    seen.set(id, made);
    fill(made);
    return made;
  };
  const inner = (item: unknown): unknown => decode(item, seen);
  if (ref !== undefined) return seen.get(ref);
  if (v !== undefined) return words[v];
  if (d !== undefined) return new Date(d);
  // A URL cannot be cloned into a database; it stands for nothing here.
  if (u !== undefined) return u;
  if (bi !== undefined) return BigInt(bi);
  if (e !== undefined) return Object.assign(new Error(e.m), { name: e.n, stack: e.s });
  if (r !== undefined) return new RegExp(r.p, r.f);
  if (a !== undefined) return holding<unknown[]>([], (made) => a.forEach((item) => made.push(inner(item))));
  if (o !== undefined)
    return holding<Record<string, unknown>>({}, (made) =>
      o.forEach(({ k, v: item }) =>
        Object.defineProperty(made, k, { value: inner(item), enumerable: true, writable: true, configurable: true }),
      ),
    );
  if (m !== undefined)
    return holding(new Map<unknown, unknown>(), (made) =>
      m.forEach(({ k, v: item }) => made.set(inner(k), inner(item))),
    );
  if (s !== undefined) return holding(new Set<unknown>(), (made) => s.forEach((item) => made.add(inner(item))));
  if (ta !== undefined) return new arrays[ta.k](bytesOf(ta.b));
  if (ab !== undefined) return bytesOf(ab.b);
  return value;
}

function bytesOf(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

(globalThis as unknown as { restoreStorage: typeof restoreStorage }).restoreStorage = restoreStorage;
