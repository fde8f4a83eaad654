/** Which frame is in which, and how the element that holds one is found. */
import type { CdpSession } from "../wire/cdp.js";
import type { AttachedTarget } from "../wire/targets.js";
import type { FrameDescription } from "./observations.js";
import { withTimeout } from "../../util/timeouts.js";

interface FrameTree {
  frame: { id: string; parentId?: string };
  childFrames?: FrameTree[];
}
interface ContextCreated {
  context: { id: number; name: string; auxData?: { frameId?: string } };
}

/**
 * A page that hangs must not keep an entry from being written. On a busy machine an answer takes half a second, and an
 * entry without the frame tells of another element at another place.
 */
const timeoutMs = 2_000;
/** Frames in frames in frames … */
const deepest = 10;
/** Frames whose way is remembered. */
const maxPaths = 100;

export class Frames {
  readonly #parents = new Map<string, string>();
  /** The world of our script in each frame. */
  readonly #worlds = new Map<string, { session: CdpSession; contextId: number }>();
  readonly #frames = new Map<string, string>();
  /** As last found: the element may be gone when it is asked for. */
  readonly #described = new Map<string, FrameDescription>();

  /** As found when something was heard from there: when that is written, the frame may be gone. */
  readonly #paths = new Map<string, Promise<FrameDescription[]>>();

  /** @param worldName name of our script's world @param describeFrame name of its function there */
  constructor(
    private readonly worldName: string,
    private readonly describeFrame: string,
  ) {}

  attach({ session, type, targetId }: AttachedTarget): void {
    session.on<ContextCreated>("Runtime.executionContextCreated", ({ context }) => {
      const frameId = context.auxData?.frameId;
      if (context.name !== this.worldName || frameId === undefined) return;
      this.#worlds.set(frameId, { session, contextId: context.id });
      this.#frames.set(contextKey(session, context.id), frameId);
    });
    session.on("Runtime.executionContextsCleared", () => this.#forgetContexts(session));
    session.on<{ executionContextId: number }>(
      "Runtime.executionContextDestroyed",
      ({ executionContextId }) => void this.#frames.delete(contextKey(session, executionContextId)),
    );
    session.on<{ frameId: string; parentFrameId: string }>(
      "Page.frameAttached",
      ({ frameId, parentFrameId }) => void this.#parents.set(frameId, parentFrameId),
    );
    session.on<{ frameId: string; reason: string }>("Page.frameDetached", ({ frameId, reason }) => {
      // A frame that only moves to a process of its own stays where it is.
      if (reason === "swap") return;
      this.#parents.delete(frameId);
      this.#worlds.delete(frameId);
      this.#described.delete(frameId);
    });
    session.send<{ frameTree: FrameTree }>("Page.getFrameTree").then(
      ({ frameTree }) => this.#learn(frameTree),
      () => undefined,
    );
    if (type !== "iframe") return;
    session.send<{ targetInfo: { parentFrameId?: string } }>("Target.getTargetInfo", { targetId }).then(
      ({ targetInfo }) => {
        if (targetInfo.parentFrameId !== undefined) this.#parents.set(targetId, targetInfo.parentFrameId);
      },
      () => undefined,
    );
  }

  /** The target is gone, and all frames in it. */
  sessionGone(session: CdpSession): void {
    this.#forgetContexts(session);
    for (const [frameId, world] of this.#worlds) {
      if (world.session.sessionId !== session.sessionId) continue;
      this.#worlds.delete(frameId);
      this.#parents.delete(frameId);
      this.#described.delete(frameId);
    }
  }

  /** The frame in which a context of that session is; undefined where it is not one of our script's. */
  frameOf(session: CdpSession, contextId: number): string | undefined {
    return this.#frames.get(contextKey(session, contextId));
  }

  isPage(frameId: string): boolean {
    return !this.#parents.has(frameId);
  }

  /** Something was done in a frame: remembers where it is. */
  heardFrom(frameId: string): void {
    this.#paths.delete(frameId);
    this.#paths.set(frameId, this.#find(frameId));
    const [oldest] = this.#paths.keys();
    if (this.#paths.size > maxPaths && oldest !== undefined) this.#paths.delete(oldest);
  }

  /** The elements that hold a frame, from the page inwards. A frame that cannot be found is left out. */
  path(frameId: string): Promise<FrameDescription[]> {
    return this.#paths.get(frameId) ?? this.#find(frameId);
  }

  async #find(frameId: string): Promise<FrameDescription[]> {
    // All at once: a page that goes away takes its frames with it.
    const path: Promise<FrameDescription | undefined>[] = [];
    for (let current = frameId; path.length < deepest;) {
      const parent = this.#parents.get(current);
      if (parent === undefined) break;
      path.unshift(this.#describe(current, parent));
      current = parent;
    }
    return (await Promise.all(path)).filter((description) => description !== undefined);
  }

  async #describe(frameId: string, parentId: string): Promise<FrameDescription | undefined> {
    const world = this.#worlds.get(parentId);
    if (!world) return this.#described.get(frameId);
    const asked = this.#ask(world.session, world.contextId, frameId).catch(() => undefined);
    const found = await withTimeout(asked, timeoutMs, () => undefined);
    if (found) this.#described.set(frameId, found);
    return found ?? this.#described.get(frameId);
  }

  async #ask(session: CdpSession, executionContextId: number, frameId: string): Promise<FrameDescription> {
    const { backendNodeId } = await session.send<{ backendNodeId: number }>("DOM.getFrameOwner", { frameId });
    const { object } = await session.send<{ object: { objectId: string } }>("DOM.resolveNode", {
      backendNodeId,
      executionContextId,
    });
    const { objectId } = object;
    const { result } = await session.send<{ result: { value: FrameDescription } }>("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration: `function () { return globalThis[${JSON.stringify(this.describeFrame)}](this); }`,
      returnByValue: true,
      silent: true,
    });
    session.send("Runtime.releaseObject", { objectId }).catch(() => undefined);
    return result.value;
  }

  #forgetContexts(session: CdpSession): void {
    const prefix = contextKey(session, 0).slice(0, -1);
    for (const key of this.#frames.keys()) if (key.startsWith(prefix)) this.#frames.delete(key);
  }

  #learn({ frame, childFrames }: FrameTree): void {
    if (frame.parentId !== undefined) this.#parents.set(frame.id, frame.parentId);
    for (const child of childFrames ?? []) this.#learn(child);
  }
}

function contextKey(session: CdpSession, contextId: number): string {
  return `${session.sessionId ?? ""}:${contextId}`;
}
