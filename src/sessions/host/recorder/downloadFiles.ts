/**
 * Files that pages of a browser of our own download. The browser writes each under its own id, which is what
 * Playwright looks for; once whole, it is there under its name, too, and stays when the session is closed.
 */
import { constants, copyFileSync, existsSync, linkSync, rmdirSync, rmSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { systemCode } from "../../util/errors.js";
import { portableFileName } from "../../model/names.js";
import { incomingDownloads } from "../../store/workspace.js";
import type { CdpConnection } from "../wire/cdp.js";

/** An event of the browser, as CDP has it. */
export interface BrowserEvent {
  method: string;
  params: Record<string, unknown>;
}

export class DownloadFiles {
  /** Where the browser writes, and Playwright looks. */
  readonly incoming: string;

  /** @param folder of the session's downloads; absolute, and there only once there is one */
  constructor(
    private readonly folder: string,
    /** The browser runs on a Grid's node, where a path of this machine means nothing: it writes where the node says. */
    private readonly onNode = false,
  ) {
    this.incoming = incomingDownloads(folder);
  }

  /** Has the browser keep what its default context downloads, and tell of it. */
  async start(cdp: CdpConnection, hear: (event: BrowserEvent) => void): Promise<void> {
    for (const method of ["Browser.downloadWillBegin", "Browser.downloadProgress"])
      cdp.on<Record<string, unknown>>(method, (params) => {
        if (params["state"] !== "inProgress") hear({ method, params });
      });
    await cdp.send(
      "Browser.setDownloadBehavior",
      this.onNode
        ? { behavior: "default", eventsEnabled: true }
        : { behavior: "allowAndName", downloadPath: this.incoming, eventsEnabled: true },
    );
  }

  /**
   * Gives a file that is whole its name, or the next one that is free.
   * @param suggested by the server: only its last part counts
   * @returns its path; undefined where it is no longer there, or cannot be kept
   */
  keep(guid: string, suggested: string): string | undefined {
    const name = portableFileName(suggested);
    const source = join(this.incoming, basename(guid));
    if (!existsSync(source)) return undefined;
    for (let number = 1; number < 10_000; number++) {
      const extension = extname(name);
      const path = join(
        this.folder,
        number === 1 ? name : `${name.slice(0, name.length - extension.length)} (${number})${extension}`,
      );
      try {
        linkSync(source, path);
        return path;
      } catch (error) {
        if (systemCode(error) === "EEXIST") continue;
        return copied(source, path);
      }
    }
    return undefined;
  }

  /** Removes what was not kept under a name. */
  end(): void {
    try {
      rmSync(this.incoming, { recursive: true, force: true });
      rmdirSync(this.folder);
    } catch {
      // Not empty: that is what is kept. Or there never was one.
    }
  }
}

/** Some file systems have no links. */
function copied(source: string, path: string): string | undefined {
  try {
    copyFileSync(source, path, constants.COPYFILE_EXCL);
    return path;
  } catch {
    return undefined;
  }
}
