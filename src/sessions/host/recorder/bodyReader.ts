/** Reads the bodies of responses out of the browser, a few at a time, and gives up rather than wait. */
import type { CdpMethod, CdpSession } from "../wire/cdp.js";

/** Bodies that are being read at one time. */
const maxAtOnce = 8;
/** Decoded bytes of the bodies that are being read at one time, as far as they are known. */
const maxBytesAtOnce = 4 * 1024 * 1024;
/** Bodies that wait to be read, some 2 kB of a row each; a request beyond them is recorded without its body. */
const maxWaiting = 4_096;
/** A page that runs a long script answers nothing; the row is not to wait for it. */
const timeoutMs = 3_000;

interface Wanted {
  session: CdpSession;
  method: CdpMethod;
  requestId: string;
  bytes: number;
  done: (answer: BodyAnswer | undefined) => void;
}

/** What the methods that read a body answer. */
export interface BodyAnswer {
  body?: string;
  postData?: string;
  /** What has come of a body that has not ended, in base64. */
  bufferedData?: string;
  base64Encoded?: boolean;
}

/** A queue of reads with a limit on number, bytes and time. */
export class BodyReader {
  readonly #waiting: Wanted[] = [];
  #reading = 0;
  #bytes = 0;
  #stopped = false;

  /**
   * Reads one body. `done` is called exactly once, later: with undefined where the body is gone, does not come
   * in time, or too many wait.
   * @param bytes what the body measures, as far as it is known
   */
  read(
    session: CdpSession,
    method: "Network.getResponseBody" | "Network.getRequestPostData" | "Network.streamResourceContent",
    requestId: string,
    bytes: number,
    done: (answer: BodyAnswer | undefined) => void,
  ): void {
    if (this.#stopped || this.#waiting.length >= maxWaiting) {
      queueMicrotask(() => done(undefined));
      return;
    }
    this.#waiting.push({ session, method, requestId, bytes, done });
    this.#next();
  }

  /** Answers all that wait with undefined, and reads no more. */
  stop(): void {
    this.#stopped = true;
    for (const { done } of this.#waiting.splice(0)) done(undefined);
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#reading < maxAtOnce) {
      const bytes = this.#waiting[0]?.bytes ?? 0;
      if (this.#reading > 0 && this.#bytes + bytes > maxBytesAtOnce) return;
      const wanted = this.#waiting.shift();
      if (wanted) this.#read(wanted);
    }
  }

  #read({ session, method, requestId, bytes, done }: Wanted): void {
    this.#reading++;
    this.#bytes += bytes;
    let open = true;
    const finish = (answer: BodyAnswer | undefined): void => {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      this.#reading--;
      this.#bytes -= bytes;
      done(answer);
      this.#next();
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    timer.unref();
    session.send<BodyAnswer>(method, { requestId }).then(finish, () => finish(undefined));
  }
}
