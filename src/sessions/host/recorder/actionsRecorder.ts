/**
 * `actions.jsonl`, the half that a person writes: what is done by hand in a visible window, in every page,
 * frame and popup. A script watches there, in a world of its own that the page can neither see nor reach
 * (`page/observe.ts`); what it tells comes through a binding that exists in that world alone, so a page
 * cannot forge an entry. The names of world and binding are other ones for each host, so that the script of a
 * host that died does not speak up under the next.
 *
 * Observing changes nothing on the page; it goes on in read-only mode, too.
 */
import { randomBytes } from "node:crypto";
import { timestamp, type ActionRow } from "../../logs/rows.js";
import { mask } from "../../logs/mask.js";
import type { Redactor } from "../../logs/redact.js";
import type { CdpSession } from "../wire/cdp.js";
import { Targets, type AttachedTarget } from "../wire/targets.js";
import type { AgentSpans } from "../wire/agentSpans.js";
import { Frames } from "./frames.js";
import { watchNavigation } from "./navigationWatch.js";
import type { Observation, PageSettings, SecretObservation } from "./observations.js";
import { source } from "./page/observe.ts?page";
import { UserActions, type UserAction } from "./userActions.js";
import { settledWithin } from "../../util/timeouts.js";

export interface ActionsRecorderOptions {
  write(row: ActionRow): void;
  redactor: Redactor;
  spans: AgentSpans;
  /** Whether the browser puts the script into new documents: without the `Page` domain it does not, and we do. */
  newDocuments: boolean;
  /** Told the page's target when a person does something in it. */
  onActivity?: ((targetId: string) => void) | undefined;
}

interface Page {
  targetId: string;
  actions: UserActions;
  /** What comes from the page is worked off in order, also where a question to the browser lies between. */
  work: Promise<void>;
}

/** A browser's clock that is further off than this is not ours, and not to be compared with. */
const maxSkewMs = 1_500;
/** How late we may hear of something on a busy machine whose clock is ours. */
const maxLagMs = 60_000;
const maxObservationLength = 200_000;
const disposeMs = 100;

export class ActionsRecorder {
  readonly #pages = new Map<string, Page>();
  readonly #world = `w${randomBytes(8).toString("hex")}`;
  readonly #binding = `b${randomBytes(8).toString("hex")}`;
  readonly #frames: Frames;
  /** The shortest time between what happened and our hearing of it, by both clocks. */
  #leastLag = Infinity;
  #secretBeingTyped: { field: string; value: string } | undefined;
  readonly #script: string;
  /** A document of which the script is in already is left alone. */
  readonly #scriptOnce: string;

  constructor(private readonly options: ActionsRecorderOptions) {
    const describeFrame = `d${randomBytes(8).toString("hex")}`;
    this.#frames = new Frames(this.#world, describeFrame);
    const settings: PageSettings = { binding: this.#binding, describeFrame, redact: options.redactor.enabled, mask };
    this.#script = `((librettoSettings) => {${source}})(${JSON.stringify(settings)});`;
    this.#scriptOnce = `globalThis[${JSON.stringify(describeFrame)}] || ${this.#script}`;
  }

  /** Watches a page, or a frame with a process of its own. Its `Runtime` and `Page` domains have to be on. */
  attach(target: AttachedTarget): Promise<unknown> {
    const { session, pageId } = target;
    if (pageId === undefined) return Promise.resolve();
    const page = target.type === "page" ? this.#add(pageId, target.targetId) : this.#pages.get(pageId);
    if (!page) return Promise.resolve();
    this.#frames.attach(target);
    session.on<{ name: string; payload: string; executionContextId: number }>(
      "Runtime.bindingCalled",
      ({ name, payload, executionContextId }) => {
        if (name === this.#binding && payload.length <= maxObservationLength)
          this.#heard(page, session, executionContextId, payload);
      },
    );
    if (target.type === "page") {
      watchNavigation(target, {
        enqueue: (work) => this.#enqueue(page, work),
        emit: (action) => page.actions.add(action),
        actedBefore: (at, withinMs) => page.actions.actedBefore(at, withinMs),
        changed: (startedAt) => page.actions.pageChanged(startedAt),
      });
    }
    if (!this.options.newDocuments) this.#putIntoNewDocuments(session);
    return Promise.all([
      session.send("Runtime.addBinding", { name: this.#binding, executionContextName: this.#world }),
      session.send("Page.addScriptToEvaluateOnNewDocument", {
        source: this.#script,
        worldName: this.#world,
        runImmediately: true,
      }),
    ]);
  }

  /** Their first instructions have run by then; a person acts later than that. */
  #putIntoNewDocuments(session: CdpSession): void {
    session.on<{ context: { auxData?: { isDefault?: boolean; frameId?: string } } }>(
      "Runtime.executionContextCreated",
      ({ context }) => {
        const { isDefault, frameId } = context.auxData ?? {};
        if (isDefault !== true || frameId === undefined) return;
        void (async () => {
          const { executionContextId: contextId } = await session.send<{ executionContextId: number }>(
            "Page.createIsolatedWorld",
            { frameId, worldName: this.#world },
          );
          await session.send("Runtime.evaluate", { expression: this.#scriptOnce, contextId, silent: true });
        })().catch(() => undefined);
      },
    );
  }

  /** Runs work when what was done by hand on that page before is written. */
  after(pageId: string | null, work: () => void): void {
    const page = pageId === null ? undefined : this.#pages.get(pageId);
    if (page) page.actions.after(() => this.#enqueue(page, work));
    else work();
  }

  /** The target is gone: what was done in a page is complete. */
  targetGone({ session, type, targetId }: AttachedTarget): void {
    this.#frames.sessionGone(session);
    if (type !== "page") return;
    const pageId = Targets.idOf(targetId);
    const page = this.#pages.get(pageId);
    if (page?.targetId !== targetId) return;
    this.#pages.delete(pageId);
    this.#enqueue(page, () => page.actions.finish());
  }

  /** Writes what is known; a page that does not answer is not waited for. */
  async dispose(): Promise<void> {
    const pages = [...this.#pages.values()];
    this.#pages.clear();
    await Promise.all(
      pages.map(async (page) => {
        await settledWithin(disposeMs, page.work);
        // What hangs is left behind.
        page.work = Promise.resolve();
        page.actions.finish();
        await page.work;
      }),
    );
  }

  #add(pageId: string, targetId: string): Page {
    const page: Page = {
      targetId,
      work: Promise.resolve(),
      actions: new UserActions({
        emit: (action) => this.#enqueue(page, () => this.#write(pageId, action)),
        isAgent: (work, at) => this.options.spans.covers(work, targetId, at),
      }),
    };
    this.#pages.set(pageId, page);
    return page;
  }

  #enqueue(page: Page, work: () => Promise<void> | void): void {
    page.work = page.work.then(work).catch(() => undefined);
  }

  #heard(page: Page, session: CdpSession, contextId: number, payload: string): void {
    const arrived = Date.now();
    const observation = JSON.parse(payload) as Observation;
    if (observation.kind === "secret") {
      // At once: the request that carries it may end next.
      this.#learn(`${session.sessionId}:${contextId}:${observation.element}`, observation);
      return;
    }
    this.options.onActivity?.(page.targetId);
    const at = this.#timeOf(observation.at, arrived);
    if (observation.kind === "activity") return;
    const frameId = this.#frames.frameOf(session, contextId);
    const inFrame = frameId !== undefined && !this.#frames.isPage(frameId) ? frameId : undefined;
    if (inFrame !== undefined && observation.about) this.#frames.heardFrom(inFrame);
    this.#enqueue(page, () => page.actions.observe(inFrame, observation, at));
  }

  /** When something happened, by our clock: by the browser's where that is ours, too, however late we hear of it. */
  #timeOf(told: number, arrived: number): number {
    const lag = arrived - told;
    if (Math.abs(lag) < Math.abs(this.#leastLag)) this.#leastLag = lag;
    const isOurs = Math.abs(this.#leastLag) <= maxSkewMs;
    return isOurs && lag >= -maxSkewMs && lag <= maxLagMs ? told : arrived;
  }

  #learn(field: string, { value, complete }: SecretObservation): void {
    const before = this.#secretBeingTyped?.field === field ? this.#secretBeingTyped.value : undefined;
    this.options.redactor.learn(value, before === value ? undefined : before);
    this.#secretBeingTyped = complete ? undefined : { field, value };
  }

  async #write(pageId: string, action: UserAction): Promise<void> {
    const { about, value, x, y } = action;
    const row: ActionRow = {
      ts: timestamp(action.from),
      source: "user",
      pageId,
      action: action.action,
      url: action.url,
      duration: Math.max(0, action.to - action.from),
      success: action.success ?? true,
    };
    const frames = action.frameId === undefined ? [] : await this.#frames.path(action.frameId);
    if (about) {
      // How Playwright's selectors enter a frame; its locators have `contentFrame()` for it.
      row.selector = [
        ...frames.map(({ selector }) => `${selector} >> internal:control=enter-frame`),
        about.selector,
      ].join(" >> ");
      row.bestSemanticSelector = [...frames.map(({ best }) => `${best}.contentFrame()`), about.best].join(".");
      if (about.nearbyText !== "") row.nearbyText = about.nearbyText;
    }
    if (x !== undefined && y !== undefined)
      row.coordinates = frames.reduce(
        (point, frame) => ({ x: Math.round(point.x + frame.x), y: Math.round(point.y + frame.y) }),
        { x, y },
      );
    // What an element was dropped on is in the frame that it came from.
    if (value !== undefined)
      row.value =
        row.action === "dragTo" ? [...frames.map(({ best }) => `${best}.contentFrame()`), value].join(".") : value;
    if (action.error !== undefined) row.error = action.error;
    this.options.write(this.options.redactor.actionRow(row));
  }
}
