/**
 * Pictures of one page for all who look at it: one screencast of the browser's, as large as the largest of them needs
 * it, and none while nobody looks. The next picture is asked for when the ones in a hurry have shown the last.
 */
import type { CdpMethod, CdpSession } from "../wire/cdp.js";

export interface Picture {
  number: number;
  /** A JPEG, in base64. */
  data: string;
  /** CSS pixels of the viewport. */
  width: number;
  height: number;
}

/** A picture, and when it came, in ms since 1970. */
export interface SeenPicture extends Picture {
  at: number;
}

/** One who looks. */
export interface Viewer {
  /** The largest picture that is of use, in pixels; 0 for none at all. */
  width: number;
  height: number;
  /** The shortest time between two pictures, in ms. */
  everyMs: number;
  show(picture: Picture): void;
}

interface Watching {
  viewer: Viewer;
  /** Number of the picture that was sent and is not shown yet. */
  sent: number | undefined;
  sentAt: number;
  waiting: Picture | undefined;
  timer: NodeJS.Timeout | undefined;
}

interface ScreencastFrame {
  data: string;
  sessionId: number;
  metadata: { deviceWidth: number; deviceHeight: number };
}

/** One who does not say that a picture was shown holds up the others for so long, in ms. */
const maxWaitMs = 250;
const lostMs = 2_000;
/** A picture so often at most, on average, in ms: the browser would take half as many again, for as much more processor time. */
const frameMs = 25;
/** So much of what came late, in ms, is made up for by pictures that come early. */
const burstMs = 2 * frameMs;
const quality = 75;
/** A picture that is smaller than what is there by less than this share is no reason to begin again. */
const tolerance = 0.8;
/** A page that has shown nothing for so long is asked again, in ms, then after twice as long; so often at most. */
const firstFrameMs = 500;
const maxStarts = 6;
/**
 * The browser leaves out a frame while two are on their way, and never makes up for it: what a page looks like after
 * its last change would not be seen. Where a frame came that soon after another one was acknowledged, in ms, some may
 * have been left out, and the browser is asked for a last one when the page has been still for so long.
 */
const leavesOutMs = 400;
const stillMs = 200;
/** What was seen is remembered for so long, and of that a picture each so often, in ms. */
const memoryMs = 3_000;
const memoryStepMs = 100;

export class Screencast {
  readonly #watching = new Map<Viewer, Watching>();
  #casting: { width: number; height: number } | undefined;
  #latest: Picture | undefined;
  /** Oldest first. The last one is what the page still looks like, however old it is. */
  #seen: SeenPicture[] = [];
  #lookedUntil = -Infinity;
  #forgetTimer: NodeJS.Timeout | undefined;
  #count = 0;
  /** Frames that the browser waits to hear of. */
  #unacknowledged: number[] = [];
  #ackTimer: NodeJS.Timeout | undefined;
  /** Of a clock that nobody sets, in ms: when the next picture may be asked for. */
  #nextAt = -Infinity;
  #paceTimer: NodeJS.Timeout | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  /** The browser's number of the screencast that the latest frame is of. */
  #castOf: number | undefined;
  /** Whether the page may look other than in the latest picture, without a frame to come. */
  #mayBeOld = false;
  #acknowledgedAt = -Infinity;
  #stillTimer: NodeJS.Timeout | undefined;

  /** @param now tells the time, in ms since 1970 */
  constructor(
    private readonly session: CdpSession,
    private readonly now: () => number = Date.now,
  ) {
    session.on<ScreencastFrame>("Page.screencastFrame", (frame) => this.#received(frame));
  }

  /** Whether pictures are being taken. */
  get isCasting(): boolean {
    return this.#casting !== undefined;
  }

  get viewerCount(): number {
    return this.#watching.size;
  }

  /** What the page looked like at a time (ms since 1970) that is not long ago; undefined where nobody looked. */
  seenAt(at: number): SeenPicture | undefined {
    if (at > this.#lookedUntil) return undefined;
    return this.#seen.findLast((picture) => picture.at <= at) ?? this.#seen[0];
  }

  add(viewer: Viewer): void {
    this.#watching.set(viewer, { viewer, sent: undefined, sentAt: -Infinity, waiting: undefined, timer: undefined });
    this.adjust();
    if (this.#latest && viewer.width > 0) this.#offer(this.#watching.get(viewer), this.#latest);
  }

  remove(viewer: Viewer): void {
    clearTimeout(this.#watching.get(viewer)?.timer);
    this.#watching.delete(viewer);
    this.adjust();
    this.#acknowledgeIfShown();
  }

  shown(viewer: Viewer, number: number): void {
    const watching = this.#watching.get(viewer);
    if (!watching || watching.sent === undefined || number < watching.sent) return;
    watching.sent = undefined;
    // It waited for this picture, or for it to be lost.
    clearTimeout(watching.timer);
    watching.timer = undefined;
    if (watching.waiting) this.#offer(watching, watching.waiting);
    this.#acknowledgeIfShown();
  }

  /** Begins, ends, or changes the size, by what those who look need now. */
  adjust(): void {
    const width = Math.max(0, ...this.#looking().map(({ viewer }) => viewer.width));
    const height = Math.max(0, ...this.#looking().map(({ viewer }) => viewer.height));
    for (const watching of this.#watching.values()) {
      if (watching.viewer.width > 0) continue;
      clearTimeout(watching.timer);
      Object.assign(watching, { sent: undefined, waiting: undefined, timer: undefined });
    }
    const now = this.#casting;
    if (width === 0 || height === 0) {
      if (!now) return;
      this.#end();
      this.#lookedUntil = this.now();
      // Until then come the rows of what began while somebody looked.
      this.#forgetTimer = setTimeout(() => (this.#seen = []), memoryMs).unref();
      this.#send("Page.stopScreencast");
      return;
    }
    if (now && fits(width, now.width) && fits(height, now.height)) return;
    if (now) {
      this.#end();
      this.#send("Page.stopScreencast");
    }
    this.#casting = { width, height };
    clearTimeout(this.#forgetTimer);
    this.#lookedUntil = Infinity;
    this.#start();
  }

  /** A browser that is asked while the page goes from one process to another may never send a frame. */
  #start(count = 1): void {
    if (!this.#casting) return;
    const { width, height } = this.#casting;
    this.#send("Page.startScreencast", { format: "jpeg", quality, maxWidth: width, maxHeight: height });
    if (count === maxStarts) return;
    this.#startTimer = setTimeout(() => this.#startAgain(count + 1), firstFrameMs * 2 ** (count - 1)).unref();
  }

  #startAgain(count = 1): void {
    this.#send("Page.stopScreencast");
    this.#start(count);
  }

  /** Begins again: what draws the page is another process than before. */
  restart(): void {
    if (!this.#casting) return;
    this.#end();
    this.adjust();
  }

  #looking(): Watching[] {
    return [...this.#watching.values()].filter(({ viewer }) => viewer.width > 0 && viewer.height > 0);
  }

  #end(): void {
    this.#casting = undefined;
    this.#latest = undefined;
    this.#unacknowledged = [];
    this.#castOf = undefined;
    clearTimeout(this.#ackTimer);
    clearTimeout(this.#paceTimer);
    clearTimeout(this.#startTimer);
    clearTimeout(this.#stillTimer);
    this.#ackTimer = this.#paceTimer = undefined;
  }

  #received({ data, sessionId, metadata }: ScreencastFrame): void {
    if (!this.#casting) return;
    clearTimeout(this.#startTimer);
    clearTimeout(this.#stillTimer);
    // The first one of a screencast shows the page as it is.
    this.#mayBeOld =
      sessionId === this.#castOf &&
      (this.#unacknowledged.length > 0 || performance.now() - this.#acknowledgedAt < leavesOutMs);
    this.#castOf = sessionId;
    this.#unacknowledged.push(sessionId);
    const { deviceWidth: width, deviceHeight: height } = metadata;
    const before = this.#latest;
    if (data !== before?.data || width !== before.width || height !== before.height) {
      const picture: Picture = { number: ++this.#count, data, width, height };
      this.#latest = picture;
      this.#remember(picture);
      for (const watching of this.#looking()) this.#offer(watching, picture);
    }
    const pace = this.#pace();
    this.#ackTimer ??= setTimeout(() => this.#acknowledgeAll(), Math.max(maxWaitMs, pace)).unref();
    this.#acknowledgeIfShown();
  }

  #remember(picture: Picture): void {
    const at = this.now();
    const [before, last] = this.#seen.slice(-2);
    // The newest always stands at the end; what stood there only for a moment, soon after the one before, makes room.
    if (before && last && last.at - before.at < memoryStepMs && at - last.at < memoryStepMs) this.#seen.pop();
    this.#seen.push({ ...picture, at });
    while (this.#seen.length > 1 && at - (this.#seen[1]?.at ?? at) > memoryMs) this.#seen.shift();
  }

  #pace(): number {
    return Math.min(...this.#looking().map(({ viewer }) => viewer.everyMs));
  }

  #offer(watching: Watching | undefined, picture: Picture): void {
    if (!watching) return;
    watching.waiting = picture;
    if (watching.timer !== undefined) return;
    // What was never shown was lost on its way, as when a window was loaded again.
    const lostIn = watching.sent === undefined ? 0 : watching.sentAt + lostMs - performance.now();
    if (lostIn > 0) {
      const offerAgain = (): void => {
        watching.timer = undefined;
        if (watching.waiting) this.#offer(watching, watching.waiting);
      };
      watching.timer = setTimeout(offerAgain, lostIn).unref();
      return;
    }
    watching.sent = undefined;
    const wait = watching.sentAt + watching.viewer.everyMs - performance.now();
    const show = (): void => {
      watching.timer = undefined;
      const { waiting } = watching;
      if (!waiting || watching.sent !== undefined) return;
      watching.waiting = undefined;
      watching.sent = waiting.number;
      watching.sentAt = performance.now();
      watching.viewer.show(waiting);
    };
    if (wait <= 0) show();
    else watching.timer = setTimeout(show, wait).unref();
  }

  #acknowledgeIfShown(): void {
    const pace = this.#pace();
    const inAHurry = this.#looking().filter(({ viewer }) => viewer.everyMs <= pace);
    // The next one is drawn and sent while this one is on its way.
    if (inAHurry.some(({ waiting }) => waiting !== undefined)) return;
    // The browser has several under way: each that is acknowledged makes room for one.
    while (this.#unacknowledged.length > 0) {
      const wait = this.#nextAt - performance.now();
      if (wait > 0) {
        this.#paceTimer ??= setTimeout(() => {
          this.#paceTimer = undefined;
          this.#acknowledgeIfShown();
        }, wait).unref();
        return;
      }
      this.#acknowledge(this.#unacknowledged.shift());
    }
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
  }

  #acknowledgeAll(): void {
    this.#ackTimer = undefined;
    for (const sessionId of this.#unacknowledged.splice(0)) this.#acknowledge(sessionId);
  }

  #acknowledge(sessionId: number | undefined): void {
    this.#acknowledgedAt = performance.now();
    this.#nextAt = Math.max(this.#nextAt, this.#acknowledgedAt - burstMs) + frameMs;
    this.#send("Page.screencastFrameAck", { sessionId });
    if (!this.#mayBeOld || this.#unacknowledged.length > 0) return;
    clearTimeout(this.#stillTimer);
    this.#stillTimer = setTimeout(() => this.#startAgain(), stillMs).unref();
  }

  #send(method: CdpMethod, params?: Record<string, unknown>): void {
    // The page may be gone.
    this.session.send(method, params).catch(() => undefined);
  }
}

function fits(wanted: number, taken: number): boolean {
  return wanted <= taken && wanted >= taken * tolerance;
}
