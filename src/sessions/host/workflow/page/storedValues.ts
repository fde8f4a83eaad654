/**
 * Values of the structured clone algorithm as JSON and back: what IndexedDB can hold and JSON cannot. A value is a
 * list of nodes, the first of which is the value itself; containers name what they hold by number. So a value may
 * hold itself, or one thing twice, and be nested as deeply as it likes.
 */

type Primitive = string | number | boolean | null;
export type Node =
  | Primitive
  | { t: "word"; v: string }
  | { t: "bigint"; v: string }
  | { t: "date"; v: number | null }
  | { t: "regexp"; p: string; f: string }
  | { t: "boxed"; v: number }
  | { t: "error"; n: string; m: string; s: string; c?: number }
  | { t: "exception"; n: string; m: string }
  | { t: "array"; l: number; e: [string, number][] }
  | { t: "object"; e: [string, number][] }
  | { t: "map"; e: [number, number][] }
  | { t: "set"; e: number[] }
  | { t: "buffer"; b: string }
  | { t: "view"; k: string; b: number; o: number; l: number }
  | { t: "blob"; b: string; m: string }
  | { t: "file"; b: string; m: string; n: string; l: number }
  | { t: "files"; e: number[] }
  | { t: "image"; d: number; w: number; h: number; c: string }
  | { t: "geometry"; k: string; v: number }
  | { t: "key"; k: JsonWebKey; a: number; x: boolean; u: string[] };

/** What stands for numbers and the like that JSON lacks. */
const words: [text: string, value: unknown][] = [
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
];
const boxes = new Set(["Number", "String", "Boolean", "BigInt"]);
/** Each can be made of what its like tells of itself. */
const geometry: Record<string, (value: unknown) => object> = {
  DOMPoint: (value) => DOMPoint.fromPoint(value as DOMPointInit),
  DOMPointReadOnly: (value) => DOMPointReadOnly.fromPoint(value as DOMPointInit),
  DOMRect: (value) => DOMRect.fromRect(value as DOMRectInit),
  DOMRectReadOnly: (value) => DOMRectReadOnly.fromRect(value as DOMRectInit),
  DOMMatrix: (value) => DOMMatrix.fromMatrix(value as DOMMatrixInit),
  DOMMatrixReadOnly: (value) => DOMMatrixReadOnly.fromMatrix(value as DOMMatrixInit),
  DOMQuad: (value) => DOMQuad.fromQuad(value as DOMQuadInit),
};
const errors: Record<string, ErrorConstructor> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/**
 * Writes a value.
 * @throws where it holds what cannot be written, with a message that names it
 */
export async function encode(value: unknown): Promise<Node[]> {
  const nodes: Node[] = [];
  const numbers = new Map<unknown, number>();
  const open: { value: object; at: number }[] = [];
  const add = (item: unknown): number => {
    const known = typeof item === "object" && item !== null ? numbers.get(item) : undefined;
    if (known !== undefined) return known;
    const at = nodes.push(primitive(item)) - 1;
    if (typeof item === "object" && item !== null) {
      numbers.set(item, at);
      open.push({ value: item, at });
    }
    return at;
  };
  add(value);
  for (let next = open.pop(); next; next = open.pop()) nodes[next.at] = await encodeObject(next.value, add);
  return nodes;
}

function primitive(item: unknown): Node {
  if (typeof item === "bigint") return { t: "bigint", v: String(item) };
  const word = words.find(([, value]) => Object.is(value, item));
  return word ? { t: "word", v: word[0] } : typeof item === "object" ? null : (item as Primitive);
}

async function encodeObject(value: object, add: (item: unknown) => number): Promise<Node> {
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  const entries = (): [string, number][] => Object.keys(value).map((key) => [key, add(value[key as keyof object])]);
  if (Array.isArray(value)) return { t: "array", l: value.length, e: entries() };
  if (Object.getPrototypeOf(value) === Object.prototype) return { t: "object", e: entries() };
  if (value instanceof Date) return { t: "date", v: Number.isNaN(value.getTime()) ? null : value.getTime() };
  if (value instanceof RegExp) return { t: "regexp", p: value.source, f: value.flags };
  if (value instanceof Map) return { t: "map", e: [...value].map(([key, item]) => [add(key), add(item)]) };
  if (value instanceof Set) return { t: "set", e: [...value].map(add) };
  if (boxes.has(kind)) return { t: "boxed", v: add(value.valueOf()) };
  if (value instanceof DOMException) return { t: "exception", n: value.name, m: value.message };
  if (value instanceof Error)
    return {
      t: "error",
      n: value.name,
      m: value.message,
      s: value.stack ?? "",
      ...("cause" in value ? { c: add(value.cause) } : {}),
    };
  if (value instanceof ArrayBuffer) return { t: "buffer", b: base64(value) };
  if (ArrayBuffer.isView(value))
    return {
      t: "view",
      k: kind,
      b: add(value.buffer),
      o: value.byteOffset,
      l: "length" in value ? (value.length as number) : value.byteLength,
    };
  if (value instanceof File)
    return { t: "file", b: base64(await value.arrayBuffer()), m: value.type, n: value.name, l: value.lastModified };
  if (value instanceof Blob) return { t: "blob", b: base64(await value.arrayBuffer()), m: value.type };
  if (value instanceof FileList) return { t: "files", e: [...value].map(add) };
  if (value instanceof ImageData)
    return { t: "image", d: add(value.data), w: value.width, h: value.height, c: value.colorSpace };
  if (typeof CryptoKey !== "undefined" && value instanceof CryptoKey) {
    if (!value.extractable) throw new Error("a CryptoKey that may not be exported");
    return {
      t: "key",
      k: await crypto.subtle.exportKey("jwk", value),
      a: add(plainCopy(value.algorithm)),
      x: value.extractable,
      u: [...value.usages],
    };
  }
  if (kind in geometry) return { t: "geometry", k: kind, v: add(plainCopy(value)) };
  throw new Error(`a ${kind}`);
}

/** What an object of the browser's tells of itself, as an object of our own. */
function plainCopy(value: object): object {
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const item = value[key as keyof object] as unknown;
    if (typeof item === "function") continue;
    copy[key] = typeof item === "object" && item !== null && !ArrayBuffer.isView(item) ? plainCopy(item) : item;
  }
  return copy;
}

/** Makes a value of what `encode` wrote. @throws where this browser does not take it */
export async function decode(nodes: readonly Node[]): Promise<unknown> {
  const made: unknown[] = Array.from({ length: nodes.length });
  // What holds nothing first, then what is made of that, then empty containers, which are filled in the end.
  for (const late of [false, true])
    for (const [at, node] of nodes.entries())
      if (needsOthers(node) === late) made[at] = late ? await decodeLate(node, made) : decodeAlone(node);
  // An algorithm is an object that is filled only now; a key is made of it.
  fill(nodes, made);
  for (const [at, node] of nodes.entries()) {
    if (isNode(node, "key"))
      made[at] = await crypto.subtle.importKey(
        "jwk",
        node.k,
        made[node.a] as AlgorithmIdentifier,
        node.x,
        node.u as KeyUsage[],
      );
    else if (isNode(node, "geometry")) made[at] = geometry[node.k]?.(made[node.v]);
    else if (isNode(node, "image"))
      made[at] = new ImageData(made[node.d] as ImageDataArray, node.w, node.h, {
        colorSpace: node.c as PredefinedColorSpace,
      });
  }
  // And now what holds those.
  fill(nodes, made);
  return made[0];
}

type Tagged = Exclude<Node, Primitive>;
function isNode<T extends Tagged["t"]>(node: Node, tag: T): node is Extract<Tagged, { t: T }> {
  return typeof node === "object" && node !== null && node.t === tag;
}

function needsOthers(node: Node): boolean {
  return ["view", "boxed", "files"].some((tag) => isNode(node, tag as Tagged["t"]));
}

function decodeAlone(node: Node): unknown {
  if (typeof node !== "object" || node === null) return node;
  switch (node.t) {
    case "word":
      return words.find(([text]) => text === node.v)?.[1];
    case "bigint":
      return BigInt(node.v);
    case "date":
      return new Date(node.v ?? Number.NaN);
    case "regexp":
      return new RegExp(node.p, node.f);
    case "error": {
      const error = new (errors[node.n] ?? Error)(node.m);
      return Object.defineProperties(error, {
        name: { value: node.n, configurable: true, writable: true },
        stack: { value: node.s, configurable: true, writable: true },
      });
    }
    case "exception":
      return new DOMException(node.m, node.n);
    case "array":
      return Array.from({ length: 0 });
    case "object":
      return {};
    case "map":
      return new Map();
    case "set":
      return new Set();
    case "buffer":
      return bytes(node.b).buffer;
    case "blob":
      return new Blob([bytes(node.b)], { type: node.m });
    case "file":
      return new File([bytes(node.b)], node.n, { type: node.m, lastModified: node.l });
    default:
      return undefined;
  }
}

function decodeLate(node: Node, made: readonly unknown[]): unknown {
  if (isNode(node, "boxed")) return Object(made[node.v]) as unknown;
  if (isNode(node, "files")) {
    const transfer = new DataTransfer();
    for (const at of node.e) transfer.items.add(made[at] as File);
    return transfer.files;
  }
  if (!isNode(node, "view")) return undefined;
  const View = (
    globalThis as unknown as Record<string, new (buffer: unknown, offset: number, length: number) => unknown>
  )[node.k];
  if (!View) throw new Error(`a ${node.k}`);
  return new View(made[node.b], node.o, node.l);
}

/** Puts into containers what they hold. A second time changes what was not made at the first. */
function fill(nodes: readonly Node[], made: readonly unknown[]): void {
  for (const [at, node] of nodes.entries()) {
    const target = made[at];
    if (isNode(node, "array") || isNode(node, "object")) {
      if (node.t === "array") (target as unknown[]).length = node.l;
      for (const [key, item] of node.e)
        Object.defineProperty(target, key, { value: made[item], enumerable: true, writable: true, configurable: true });
    } else if (isNode(node, "map")) {
      (target as Map<unknown, unknown>).clear();
      for (const [key, item] of node.e) (target as Map<unknown, unknown>).set(made[key], made[item]);
    } else if (isNode(node, "set")) {
      (target as Set<unknown>).clear();
      for (const item of node.e) (target as Set<unknown>).add(made[item]);
    } else if (isNode(node, "error") && node.c !== undefined)
      Object.defineProperty(target, "cause", { value: made[node.c], configurable: true, writable: true });
  }
}

function base64(buffer: ArrayBuffer): string {
  const all = new Uint8Array(buffer);
  let text = "";
  for (let at = 0; at < all.length; at += 8_192) text += String.fromCharCode(...all.subarray(at, at + 8_192));
  return btoa(text);
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
