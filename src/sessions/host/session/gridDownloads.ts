/** Brings files that a browser on a Grid downloaded to the session's folder: the node keeps them only while it lives. */
import { existsSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { makePrivateFolder } from "../../util/ownership.js";
import { filesOfZip } from "../../util/unzip.js";
import type { Grid } from "../../browser/grid.js";
import type { CdpSession } from "../wire/cdp.js";

export interface GridDownloadsParts {
  cdp: CdpSession;
  engine: Grid;
  /** The Grid's id of the session. */
  id: string;
  /** Where the files go; made when the first one comes. */
  folder: string;
  log(level: "info" | "warn", event: string, message: string, data?: Record<string, unknown>): void;
}

/** Begins to fetch each file when the browser has it whole. */
export function bringDownloadsBack(parts: GridDownloadsParts): { settled(): Promise<void> } {
  const { cdp, engine, id, folder } = parts;
  const fetched = new Set<string>();
  let last: Promise<void> = Promise.resolve();
  const bring = async (): Promise<void> => {
    for (const name of await engine.downloads(id)) {
      // What is still coming has the browser's own ending.
      if (fetched.has(name) || name.endsWith(".crdownload")) continue;
      fetched.add(name);
      const [file] = filesOfZip(await engine.download(id, name));
      if (!file) throw new Error(`${name} came as an empty archive`);
      makePrivateFolder(folder);
      const path = freePath(folder, basename(name.replaceAll("\\", "/")));
      writeFileSync(path, file.content, { mode: 0o600, flag: "wx" });
      parts.log("info", "download", `${name} came back from the Grid.`, { path, bytes: file.content.length });
    }
  };
  cdp.on<{ state: string }>("Browser.downloadProgress", ({ state }) => {
    if (state !== "completed") return;
    last = last
      .then(bring)
      .catch((error: unknown) =>
        parts.log("warn", "download", `A file could not be fetched from the Grid: ${(error as Error).message}`),
      );
  });
  return { settled: () => last };
}

function freePath(folder: string, name: string): string {
  const safe = name === "" || name === "." || name === ".." ? "download" : name;
  const ending = extname(safe);
  for (let n = 0; ; n++) {
    const path = join(folder, n === 0 ? safe : `${safe.slice(0, safe.length - ending.length)} (${n})${ending}`);
    if (!existsSync(path)) return path;
  }
}
