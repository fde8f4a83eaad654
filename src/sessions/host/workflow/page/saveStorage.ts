/**
 * Runs in an empty page of an origin and tells what the origin keeps: localStorage and IndexedDB. What cannot be read
 * or written is left out and named; it costs nothing else.
 */
import { encode, type Node } from "./storedValues.js";

interface SavedStore {
  name: string;
  keyPath?: string;
  keyPathArray?: string[];
  autoIncrement: boolean;
  indexes: { name: string; keyPath?: string; keyPathArray?: string[]; multiEntry: boolean; unique: boolean }[];
  records: { keyNodes?: Node[]; nodes: Node[] }[];
}
interface Saved {
  localStorage: { name: string; value: string }[];
  indexedDB: { name: string; version: number; stores: SavedStore[] }[];
  /** What was left out, and why. */
  leftOut: string[];
}

/** A database that is not opened after that long, in ms, waits for a page that does not let it go. */
const openMs = 10_000;
/** Characters of one origin's databases. */
const maxLength = 200 * 1024 * 1024;

/** @returns a `Saved` as JSON */
async function saveStorage(): Promise<string> {
  const saved: Saved = { localStorage: [], indexedDB: [], leftOut: [] };
  try {
    // Keys named as a member of Storage (`length`, `getItem`) are none of its properties.
    saved.localStorage = Array.from({ length: localStorage.length }, (_, at) => {
      const name = localStorage.key(at) ?? "";
      return { name, value: localStorage.getItem(name) ?? "" };
    });
  } catch (error) {
    saved.leftOut.push(`localStorage: ${messageOf(error)}`);
  }
  let room = maxLength;
  for (const { name = "" } of await indexedDB.databases()) {
    try {
      const database = await open(name);
      try {
        const stores: SavedStore[] = [];
        for (const store of database.objectStoreNames) {
          const { shape, records } = await readStore(database, store);
          stores.push(shape);
          for (const { key, value, problem } of records) {
            try {
              if (problem !== undefined) throw new Error(problem);
              const record = {
                nodes: await encode(value),
                ...(shape.keyPath === undefined && shape.keyPathArray === undefined
                  ? { keyNodes: await encode(key) }
                  : {}),
              };
              room -= JSON.stringify(record).length;
              if (room < 0) throw new Error(`more than ${maxLength / 1024 / 1024} MiB of this origin`);
              shape.records.push(record);
            } catch (error) {
              saved.leftOut.push(`record ${keyText(key)} of "${store}" in the database "${name}": ${messageOf(error)}`);
            }
          }
        }
        saved.indexedDB.push({ name, version: database.version, stores });
      } finally {
        database.close();
      }
    } catch (error) {
      saved.leftOut.push(`the database "${name}": ${messageOf(error)}`);
    }
  }
  return JSON.stringify(saved);
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    const timer = setTimeout(() => reject(new Error(`it was not opened within ${openMs} ms`)), openMs);
    request.onsuccess = () => {
      clearTimeout(timer);
      resolve(request.result);
    };
    request.onerror = () => reject(request.error ?? new Error("it cannot be opened"));
  });
}

interface ReadRecord {
  key: IDBValidKey;
  value?: unknown;
  problem?: string;
}

/** Each record by itself: one that cannot be read fails alone. */
function readStore(database: IDBDatabase, name: string): Promise<{ shape: SavedStore; records: ReadRecord[] }> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name);
    const store = transaction.objectStore(name);
    const shape: SavedStore = {
      name,
      autoIncrement: store.autoIncrement,
      ...pathOf(store.keyPath),
      indexes: [...store.indexNames].map((index) => {
        const { keyPath, multiEntry, unique } = store.index(index);
        return { name: index, multiEntry, unique, ...pathOf(keyPath) };
      }),
      records: [],
    };
    const records: ReadRecord[] = [];
    const keys = store.getAllKeys();
    keys.onsuccess = () => {
      for (const key of keys.result) {
        const record: ReadRecord = { key };
        records.push(record);
        const request = store.get(key);
        request.onsuccess = () => {
          try {
            record.value = request.result;
          } catch (error) {
            record.problem = messageOf(error);
          }
        };
        request.onerror = (event) => {
          event.preventDefault();
          record.problem = messageOf(request.error);
        };
      }
    };
    transaction.oncomplete = () => resolve({ shape, records });
    transaction.onabort = () => reject(transaction.error ?? new Error("it cannot be read"));
  });
}

function pathOf(keyPath: string | string[] | null): { keyPath?: string; keyPathArray?: string[] } {
  return keyPath === null ? {} : typeof keyPath === "string" ? { keyPath } : { keyPathArray: [...keyPath] };
}

function keyText(key: IDBValidKey): string {
  const text = JSON.stringify(key) as string | undefined;
  return (text ?? "of another kind").slice(0, 60);
}

function messageOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.message : String(error);
}

(globalThis as unknown as { saveStorage: typeof saveStorage }).saveStorage = saveStorage;
