/**
 * A page's accessibility tree, with the frames in it and a ref on each element: what Playwright's snapshot for machine
 * readers is, made by Playwright's own script in the host's own world of each document, without the library around it.
 * A ref belongs to one document and stays with its element from tree to tree.
 */
import { randomBytes } from "node:crypto";
import type { CdpSession } from "../wire/cdp.js";
import type { Targets } from "../wire/targets.js";
import { IsolatedWorlds, type ReadOptions } from "./isolatedWorld.js";
import type { DocumentTree, TreeOptions } from "./page/treeScript.js";

/** Fields whose value is a secret, whatever role they have; of another type, too, where a page shows what was typed. */
const secretFields = [
  "input[type=password i]",
  ..."current-password new-password one-time-code cc-number cc-csc"
    .split(" ")
    .map((name) => `input[autocomplete~="${name}" i]`),
].join(", ");
/** Of one document; one with more has none that a person fills in. */
const maxSecrets = 50;
/** How often a document is looked at that has no content yet, in ms. */
const emptyRetryMs = 50;

/** Half the host's own size in text, and not loaded before it is needed. */
const scripts = {
  tree: async () => (await import("./page/tree.ts?page")).source,
  selector: async () => (await import("./page/selector.ts?page")).source,
};

/** A document in a page: its main one, or that of a frame. */
interface Document {
  session: CdpSession;
  frameId: string;
  /** In the page, as in the `f2` that its refs begin with; 0 for the main one. */
  number: number;
  /** The frame's element; undefined for the main one. */
  owner: { document: Document; ref: string } | undefined;
}

/** A tree as it is in the page: with secrets. */
export interface PageTree {
  /** YAML. */
  text: string;
  /** What stands in fields for passwords and other secrets. */
  secrets: string[];
}

interface PageDocuments {
  /** Numbers of frames, by their id. */
  numbers: Map<string, number>;
  /** Documents of the latest tree, by their number. */
  documents: Map<number, Document>;
}

/** Makes trees of pages, and finds what their refs name. */
export class AccessibilityTrees {
  readonly #pages = new WeakMap<CdpSession, PageDocuments>();

  constructor(private readonly targets: Pick<Targets, "require" | "attached">) {}

  /** Elements of the page's own document. */
  async size(targetId: string): Promise<number> {
    const { session, info } = this.targets.require(targetId);
    return IsolatedWorlds.of(session).evaluate<number>(
      info.targetId,
      "Document.prototype.getElementsByTagName.call(document, '*').length",
    );
  }

  /** @throws the browser's error, where the page does not answer in time among others */
  async take(targetId: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<PageTree> {
    const { session, info } = this.targets.require(targetId);
    const before = this.#pages.get(session);
    const page: PageDocuments = { numbers: before?.numbers ?? new Map<string, number>(), documents: new Map() };
    // No page can write it into its text.
    const mark = `frame${randomBytes(12).toString("hex")}`;
    const main: Document = { session, frameId: info.targetId, number: 0, owner: undefined };
    const secrets: string[] = [];
    const text = await this.#treeOf(main, page, mark, secrets, options);
    this.#pages.set(session, page);
    return { text, secrets };
  }

  /**
   * How an element of the latest tree is found, as the test recorder would write it.
   * @returns a selector that every connection of Playwright understands; undefined where the page has no such element now
   */
  async selectorOf(targetId: string, ref: string): Promise<string | undefined> {
    const { session } = this.targets.require(targetId);
    const number = Number(/^f(\d+)e/.exec(ref)?.[1] ?? 0);
    const parts: string[] = [];
    let place = { document: this.#pages.get(session)?.documents.get(number), ref };
    while (place.document) {
      const part = await selectorIn(place.document, place.ref);
      if (part === null) return undefined;
      parts.unshift(part);
      if (!place.document.owner) return parts.join(" >> internal:control=enter-frame >> ");
      place = place.document.owner;
    }
    return undefined;
  }

  async #treeOf(
    document: Document,
    page: PageDocuments,
    mark: string,
    secrets: string[],
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<string> {
    page.documents.set(document.number, document);
    const refPrefix = document.number === 0 ? "" : `f${document.number}`;
    const tree = await takeIn(document, { refPrefix, mark, secretFields, maxSecrets }, options);
    secrets.push(...tree.secrets);
    const held = await Promise.all(
      tree.frames.map(async (ref): Promise<[string, string]> => {
        const inner = await this.#documentIn(document, page, ref).catch(() => undefined);
        const text = inner && (await this.#treeOf(inner, page, mark, secrets, options).catch(unlessLate(options)));
        return [ref, text ?? ""];
      }),
    );
    return held.length === 0 ? tree.text : withFrames(tree.text, mark, new Map(held));
  }

  /** The document that a frame holds; undefined where the frame is gone. */
  async #documentIn(document: Document, page: PageDocuments, ref: string): Promise<Document | undefined> {
    const { session, frameId } = document;
    const objectId = await IsolatedWorlds.of(session).evaluateObject(
      frameId,
      `globalThis.librettoTree?.element(${JSON.stringify(ref)})`,
    );
    if (objectId === undefined) return undefined;
    const { node } = await session.send<{ node: { frameId?: string } }>("DOM.describeNode", { objectId });
    void session.send("Runtime.releaseObject", { objectId }).catch(() => undefined);
    if (node.frameId === undefined) return undefined;
    const number = page.numbers.get(node.frameId) ?? page.numbers.size + 1;
    page.numbers.set(node.frameId, number);
    // One in another process is a target of its own.
    const target = this.targets.attached().find(({ type, targetId }) => type === "iframe" && targetId === node.frameId);
    return {
      session: target?.session ?? session,
      frameId: node.frameId,
      number,
      owner: { document, ref },
    };
  }
}

/** A frame that went away holds nothing; one that does not answer is why the tree does not come. */
function unlessLate({ signal }: { signal: AbortSignal }): (error: Error) => undefined {
  return (error) => {
    if (signal.aborted || /terminated|timed out/i.test(error.message)) throw error;
    return undefined;
  };
}

async function takeIn(document: Document, wanted: TreeOptions, options: ReadOptions): Promise<DocumentTree> {
  const worlds = IsolatedWorlds.of(document.session);
  const take = `take(${JSON.stringify(wanted)})`;
  for (;;) {
    const known = await worlds.evaluate<DocumentTree | null | undefined>(
      document.frameId,
      `globalThis.librettoTree?.${take}`,
      options,
    );
    const tree =
      known !== undefined
        ? known
        : await worlds.evaluate<DocumentTree | null>(
            document.frameId,
            `${await scripts.tree()};librettoTree.${take}`,
            options,
          );
    if (tree) return tree;
    options.signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, emptyRetryMs));
  }
}

/** @returns null where the document has no such element now */
async function selectorIn({ session, frameId }: Document, ref: string): Promise<string | null> {
  const worlds = IsolatedWorlds.of(session);
  const find = `librettoSelector(${JSON.stringify(ref)})`;
  try {
    const [isLoaded, selector] = await worlds.evaluate<[boolean, string | null]>(
      frameId,
      `globalThis.librettoSelector ? [true, ${find}] : [false, null]`,
    );
    return isLoaded ? selector : await worlds.evaluate<string | null>(frameId, `${await scripts.selector()};${find}`);
  } catch (error) {
    // The frame, or its process, is gone.
    if (error instanceof Error && /frame|context|gone|session/i.test(error.message)) return null;
    throw error;
  }
}

/** Puts what frames hold in the place of their marks. */
function withFrames(text: string, mark: string, held: ReadonlyMap<string, string>): string {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const at = line.indexOf(mark);
    const inner = at < 0 ? undefined : held.get(line.slice(at + mark.length));
    if (inner === undefined) lines.push(line);
    else if (inner !== "") {
      const indent = " ".repeat(line.length - line.trimStart().length);
      lines.push(...inner.split("\n").map((each) => indent + each));
    } else {
      // The line before is the frame's own, which then has nothing below it.
      lines.push((lines.pop() ?? "").replace(/:$/, ""));
    }
  }
  return lines.join("\n");
}
