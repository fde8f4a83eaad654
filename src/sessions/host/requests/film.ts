/**
 * Pictures beside what was done: for a row of `actions.jsonl`, the frame of its page that was seen when it began.
 * They lie in the session's folder, the oldest ones make room for new ones.
 */
import { readdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ActionPicture } from "../../logs/rows.js";
import { makePrivateFolder } from "../../util/ownership.js";
import type { SeenPicture } from "./screencast.js";

export interface FilmParts {
  /** The session's own folder. */
  folder: string;
  /** Told once of why pictures cannot be kept. */
  failed(error: Error): void;
  /** How much all pictures of the session may take, in bytes. */
  maxBytes?: number;
}

/** Below the session's folder. */
export const filmFolder = "film";
const defaultMaxBytes = 64 * 1024 * 1024;

export class Film {
  /** Oldest first; undefined until the first picture is kept. */
  #kept: { name: string; bytes: number }[] | undefined;
  #bytes = 0;
  #hasFailed = false;

  constructor(private readonly parts: FilmParts) {}

  /** Keeps a picture. @returns where it is, for the row; undefined where it cannot be kept */
  keep(pageId: string, { data, width, height, at, number }: SeenPicture): ActionPicture | undefined {
    // Rows that begin while the page stands still share their picture.
    const name = `${Math.round(at)}-${number}-${pageId}.jpg`;
    try {
      const kept = (this.#kept ??= this.#open());
      if (!kept.some((one) => one.name === name)) {
        const jpeg = Buffer.from(data, "base64");
        this.#makeRoom(jpeg.length);
        writeFileSync(join(this.parts.folder, filmFolder, name), jpeg, { mode: 0o600, flag: "wx" });
        kept.push({ name, bytes: jpeg.length });
        this.#bytes += jpeg.length;
      }
      return { file: `${filmFolder}/${name}`, width, height };
    } catch (error) {
      if (!this.#hasFailed) this.parts.failed(error as Error);
      this.#hasFailed = true;
      return undefined;
    }
  }

  /** What an earlier host left counts as well. */
  #open(): { name: string; bytes: number }[] {
    const folder = join(this.parts.folder, filmFolder);
    makePrivateFolder(folder);
    const kept = readdirSync(folder)
      .filter((name) => name.endsWith(".jpg"))
      .sort()
      .map((name) => ({ name, bytes: statSync(join(folder, name)).size }));
    this.#bytes = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    return kept;
  }

  #makeRoom(bytes: number): void {
    const { maxBytes = defaultMaxBytes, folder } = this.parts;
    while (this.#bytes + bytes > maxBytes) {
      const oldest = this.#kept?.shift();
      if (!oldest) return;
      unlinkSync(join(folder, filmFolder, oldest.name));
      this.#bytes -= oldest.bytes;
    }
  }
}
