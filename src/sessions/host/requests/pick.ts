/**
 * Which element is at a place of a page, and how it is found again, without touching the page: it is looked up in a
 * world of its own, in each frame on the way, so that neither the page's scripts nor its observers see anything.
 */
import { randomBytes } from "node:crypto";
import type { PickedElement } from "../../ipc/liveProtocol.js";
import type { PickedHere } from "../recorder/observations.js";
import { source } from "../recorder/page/pick.ts?page";
import type { CdpSession } from "../wire/cdp.js";
import type { AttachedTarget } from "../wire/targets.js";

const name = `p${randomBytes(8).toString("hex")}`;
const worldName = `w${randomBytes(8).toString("hex")}`;
const script = `((librettoPickName) => {${source}})(${JSON.stringify(name)});`;
/** Frames in frames in frames … */
const deepest = 10;

interface Answer<T> {
  result: { value?: T; objectId?: string };
  exceptionDetails?: unknown;
}
interface NodeAnswer {
  node: { frameId?: string; shadowRoots?: { shadowRootType?: string }[] };
}

/**
 * @param page the page's target @param attached all targets, to find frames in processes of their own
 * @returns undefined where nothing is there, or the page does not answer as it should
 */
export async function pickElement(
  page: { session: CdpSession; targetId: string },
  attached: () => AttachedTarget[],
  place: { x: number; y: number },
): Promise<PickedElement | undefined> {
  let { session, targetId: frameId } = page;
  let { x, y } = place;
  const above = { x: 0, y: 0, scale: 1 };
  const path: string[] = [];
  let outer: PickedElement | undefined;
  while (path.length < deepest) {
    const found = await pickInFrame(session, frameId, x, y).catch(() => undefined);
    if (!found) return outer && { ...outer, hidden: "frame" };
    const { picked, objectId } = found;
    if (!picked) return outer;
    const element: PickedElement = {
      locator: [...path.map((frame) => `${frame}.contentFrame()`), picked.best].join("."),
      role: picked.role,
      name: picked.name,
      tag: picked.tag,
      box: {
        x: above.x + picked.box.x * above.scale,
        y: above.y + picked.box.y * above.scale,
        width: picked.box.width * above.scale,
        height: picked.box.height * above.scale,
      },
    };
    const node = await describeNode(session, objectId);
    if (!picked.frame) {
      const closed = node?.shadowRoots?.some(({ shadowRootType }) => shadowRootType === "closed") ?? false;
      return closed ? { ...element, hidden: "closed-shadow-root" } : element;
    }
    // The frame's own element stands for it where one cannot look into it.
    outer = element;
    if (node?.frameId === undefined) return { ...element, hidden: "frame" };
    path.push(picked.best);
    x = (x - picked.frame.x) / picked.frame.scale;
    y = (y - picked.frame.y) / picked.frame.scale;
    above.x += picked.frame.x * above.scale;
    above.y += picked.frame.y * above.scale;
    above.scale *= picked.frame.scale;
    frameId = node.frameId;
    session = attached().find(({ type, targetId }) => type === "iframe" && targetId === frameId)?.session ?? session;
  }
  return outer;
}

async function pickInFrame(
  session: CdpSession,
  frameId: string,
  x: number,
  y: number,
): Promise<{ picked: PickedHere | null; objectId: string | undefined }> {
  // The world of that name is there from the second time on.
  const { executionContextId: contextId } = await session.send<{ executionContextId: number }>(
    "Page.createIsolatedWorld",
    { frameId, worldName },
  );
  const evaluate = <T>(expression: string, returnByValue = true): Promise<Answer<T>> =>
    session.send<Answer<T> & Record<string, unknown>>("Runtime.evaluate", {
      expression,
      contextId,
      returnByValue,
      silent: true,
    });
  const call = `globalThis[${JSON.stringify(name)}]?.pick(${x}, ${y})`;
  let answer = await evaluate<PickedHere | null>(call);
  if (answer.result.value === undefined) answer = await evaluate<PickedHere | null>(`${script}${call}`);
  if (answer.exceptionDetails !== undefined) throw new Error("The element could not be described.");
  const picked = answer.result.value ?? null;
  if (!picked) return { picked, objectId: undefined };
  const { result } = await evaluate(`globalThis[${JSON.stringify(name)}].element`, false);
  return { picked, objectId: result.objectId };
}

async function describeNode(
  session: CdpSession,
  objectId: string | undefined,
): Promise<NodeAnswer["node"] | undefined> {
  if (objectId === undefined) return undefined;
  try {
    return (await session.send<NodeAnswer & Record<string, unknown>>("DOM.describeNode", { objectId })).node;
  } catch {
    return undefined;
  } finally {
    session.send("Runtime.releaseObject", { objectId }).catch(() => undefined);
  }
}
