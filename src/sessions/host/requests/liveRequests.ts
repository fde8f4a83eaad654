/** The requests of those who look at pages, and of a person who acts there from the editor. */
import { LibrettoError } from "../../util/errors.js";
import type { ActionPicture, ActionRow } from "../../logs/rows.js";
import type { Redactor } from "../../logs/redact.js";
import type { InputParams, LiveViewParams, LiveViewSetParams, PickParams, PickResult } from "../../ipc/liveProtocol.js";
import type { SessionState } from "../../model/state.js";
import type { Recorder } from "../recorder/recorder.js";
import type { SessionLog } from "../recorder/sessionLog.js";
import type { HostRequest } from "../rpc/server.js";
import type { Targets } from "../wire/targets.js";
import { Inputs } from "./input.js";
import { Film } from "./film.js";
import { LiveViews } from "./liveView.js";

export interface LiveRequestParts {
  /** The session's record as it is now. */
  state: Readonly<SessionState>;
  targets: Targets;
  redactor: Redactor;
  recorder: Recorder;
  /** Runs code that only reads. @returns its value, as JSON */
  read(code: string, targetId: string): Promise<string>;
  log: SessionLog;
  /** Whether dialogs of the page wait for a person. */
  attendDialogs(targetId: string, isAttended: boolean): void;
  /** The session's folder, and whether pictures are taken although nobody looks. */
  film: { folder: string; always: boolean };
}

const methods: ReadonlySet<HostRequest["method"]> = new Set(["live-view", "live-view-set", "input", "pick"]);
/** How long the place of an element may take, in ms. One that is gone is not waited for: what acted on it may have removed it. */
const placeMs = 2_000;
/** Refused input is on record this often at most, in ms: keys come by the dozen. */
const deniedMs = 5_000;

export class LiveRequests {
  readonly #views: LiveViews;
  readonly #inputs: Inputs;
  readonly #film: Film;
  #deniedAt = -Infinity;

  constructor(private readonly parts: LiveRequestParts) {
    const { state, targets, redactor, recorder } = parts;
    this.#views = new LiveViews({
      state,
      targets,
      redactor,
      placeOf: async (targetId, selector) => {
        // Rows name elements as code, which only the sandbox may run.
        const text = await parts.read(
          `const element = page.${selector}; return (await element.count()) === 0 ? null : await element.boundingBox({ timeout: ${placeMs} })`,
          targetId,
        );
        const box = JSON.parse(text) as { x: number; y: number; width: number; height: number } | null;
        return box ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : undefined;
      },
    });
    this.#film = new Film({
      folder: parts.film.folder,
      failed: ({ message }) => parts.log.write("warn", "film", `Pictures of what is done cannot be kept: ${message}`),
    });
    if (parts.film.always) this.#views.film();
    this.#inputs = new Inputs({
      state,
      targets,
      attend: () => recorder.attend(),
      isWatched: () => this.#views.isWatched,
      domainEnded: (session) => this.#views.domainEnded(session),
      record: (row) => recorder.agentAction(row),
      navigating: (phase, targetId) => recorder.agentActive(phase, { work: "navigation", targetId }),
      attendDialogs: (targetId, isAttended) => parts.attendDialogs(targetId, isAttended),
      chooserOpened: (targetId, chooser, multiple) => this.#views.chooserOpened(targetId, chooser, multiple),
    });
  }

  static answers({ method }: HostRequest): boolean {
    return methods.has(method);
  }

  async answer(request: HostRequest): Promise<unknown> {
    const { params } = request;
    switch (request.method) {
      case "live-view":
        return this.#views.open(params as LiveViewParams, request);
      case "live-view-set":
        return this.#views.set(params as LiveViewSetParams);
      case "input":
        return this.#inputs.input(params as InputParams).catch((error: unknown) => {
          this.#denied(LibrettoError.from(error), request.client);
          throw error;
        });
      case "pick":
        return this.#pick(params as PickParams);
      default:
        throw new Error(`No live view answers ${request.method}.`);
    }
  }

  /** The mode, the status, or what is open has changed. */
  changed(): void {
    this.#views.changed();
  }

  acted(row: ActionRow, by: "exec" | "workflow"): void {
    this.#views.acted(row, by);
  }

  /** The picture beside a row, where its page was being looked at when it began. */
  pictureOf({ pageId, ts }: ActionRow): ActionPicture | undefined {
    const picture = pageId === null ? undefined : this.#views.seenAt(pageId, Date.parse(ts));
    return picture && pageId !== null ? this.#film.keep(pageId, picture) : undefined;
  }

  running(command: string, client: string, change: 1 | -1): void {
    this.#views.running(command, client, change === 1 ? "begin" : "end");
  }

  /** Resolves when the pages have taken the input that was sent. @returns the targets that have not, in time */
  settled(): Promise<string[]> {
    return this.#inputs.settled();
  }

  async #pick({ page, x, y }: PickParams): Promise<PickResult> {
    // It holds the script of the pages.
    const { pickElement } = await import("./pick.js");
    const { state, targets, redactor } = this.parts;
    const { info, session } = targets.require(page);
    const element = await pickElement({ session, targetId: info.targetId }, () => targets.attached(), { x, y });
    return redactor.hide({
      session: state.session,
      mode: state.mode,
      page: { ...info, url: redactor.url(info.url), title: redactor.text(info.title) },
      element: element ?? null,
    });
  }

  #denied(error: LibrettoError, client: string): void {
    if (error.exitStatus !== 3 || performance.now() - this.#deniedAt < deniedMs) return;
    this.#deniedAt = performance.now();
    this.parts.log.write("warn", "denied", `input by ${client}: ${error.message}`, {
      command: "input",
      client,
      ok: false,
      code: error.code,
    });
  }
}
