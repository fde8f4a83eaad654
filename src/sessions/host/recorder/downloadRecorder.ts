/**
 * Downloads in `network.jsonl`. One that a navigation turned into has a row like any request. Of one that a link
 * asks for (`<a download>`) the browser tells no request, only that a file comes: its row has the type `download`,
 * the bytes that came, and neither status nor headers, which nobody tells.
 */
import { timestamp, type NetworkRow } from "../../logs/rows.js";
import { Targets } from "../wire/targets.js";
import { milliseconds } from "./exchange.js";

/** A download that has begun. `guid` is the browser's name for it. */
export interface DownloadBegun {
  guid: string;
  url: string;
  frameId?: string;
}

export interface DownloadRecorderOptions {
  write(row: NetworkRow): void;
  /** Whether a request for that address became a download after that time (ms since 1970); each is told once. */
  wasNavigation(url: string, since: number): boolean;
  /** Whether that is a page's own frame. */
  isPage(frameId: string): boolean;
}

/** A navigation ends, and its download begins, in any order. */
const apartMs = 5_000;

export class DownloadRecorder {
  readonly #open = new Map<string, DownloadBegun & { startedAt: number }>();

  constructor(private readonly options: DownloadRecorderOptions) {}

  began(download: DownloadBegun): void {
    // Files that a page makes of its own data come from no server.
    if (/^(?:https?|ftp):/i.test(download.url)) this.#open.set(download.guid, { ...download, startedAt: Date.now() });
  }

  ended(guid: string, bytes: number, failure?: string): void {
    const download = this.#open.get(guid);
    if (!download || !this.#open.delete(guid) || this.options.wasNavigation(download.url, download.startedAt - apartMs))
      return;
    const { url, frameId, startedAt } = download;
    this.options.write({
      ts: timestamp(startedAt),
      id: guid,
      pageId: frameId !== undefined && this.options.isPage(frameId) ? Targets.idOf(frameId) : null,
      method: "GET",
      url,
      resourceType: "download",
      status: null,
      statusText: "",
      contentType: null,
      requestHeaders: {},
      responseHeaders: {},
      size: bytes,
      duration: milliseconds((Date.now() - startedAt) / 1000),
      fromCache: false,
      ...(failure === undefined ? {} : { failure }),
    });
  }

  /** Writes what is still coming. */
  dispose(): void {
    for (const guid of [...this.#open.keys()]) this.ended(guid, 0, "The session ended before the whole file came.");
  }
}
