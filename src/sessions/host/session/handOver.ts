/** How a host goes whose browser lives on: for a host of another build, or because its own connection broke. */
import { startHost } from "../../ipc/hostLauncher.js";
import type { HostOptions } from "../../ipc/hostOptions.js";
import { identify } from "../../process/identity.js";
import { waitUntilGone } from "../../process/kill.js";
import { recordedBrowser } from "../../process/recorded.js";
import { settledWithin } from "../../util/timeouts.js";
import { isLater, type OwnFiles } from "./ownFiles.js";
import type { Registration } from "./registration.js";
import type { SessionParts } from "./sessionParts.js";
import { browserEnded, type Shutdown } from "./shutdown.js";

/** How long what is left to write may take, in ms. */
const writingMs = 5_000;

export interface HandOverParts {
  parts: SessionParts;
  files: OwnFiles;
  registration: Registration;
  shutdown: Shutdown;
  /** Ends the process. */
  exit: (status: number) => void;
}

export class HandOver {
  constructor(private readonly context: HandOverParts) {}

  /**
   * A host whose files an update has replaced, or who is asked by a later version, goes as a host that died: the client
   * starts its own for the same browser. Not while it works for somebody.
   */
  makesRoom(version: string): boolean {
    const { parts, files, registration, shutdown, exit } = this.context;
    const { lifecycle, workflows, log, network, actions, wire } = parts;
    if (lifecycle.isLeaving) return true;
    const isBusy = !lifecycle.isOpen || lifecycle.isWorking || workflows.isRunning;
    if (isBusy || lifecycle.ending || !(files.areReplaced || isLater(version, LIBRETTO_VERSION))) return false;
    lifecycle.leave();
    log.write("info", "handed-over", `The host of version ${LIBRETTO_VERSION} makes room for ${version}.`);
    // Whoever comes from now on waits for the next host.
    registration.stopListening();
    const written = shutdown.leaveBrowser().then(() => Promise.all([network.close(), actions.close()]));
    void settledWithin(writingMs, written).then(() => {
      wire.close();
      exit(0);
    });
    return true;
  }

  /** The wire ended: because the browser did, or because only the connection broke. @param reason why, for a remote browser */
  async connectionEnded(reason: string): Promise<void> {
    const { parts, shutdown, exit } = this.context;
    const { lifecycle, remote, state, log } = parts;
    if (lifecycle.ending || lifecycle.isLeaving) return;
    if (remote) return remote.connectionEnded();
    const browser = recordedBrowser(state);
    if (browser && !(await waitUntilGone(browser, 3_000))) {
      // The browser lives: end as a host that was killed does, and the next command adopts the browser.
      log.write(
        "error",
        "connection-lost",
        "The connection to the browser broke; the next command attaches to it again.",
      );
      await shutdown.leaveBrowser();
      exit(1);
    }
    await shutdown
      .end(browser ? browserEnded : `The connection to the remote browser ended: ${reason}.`, "end")
      .catch(() => undefined);
    exit(0);
  }

  /** Starts another host for the browser, which nobody keeps alive otherwise, and ends. */
  async startNextHost(): Promise<void> {
    const { parts, shutdown, exit } = this.context;
    if (parts.lifecycle.ending) return;
    const after = identify(process.pid);
    parts.log.write("warn", "connection-lost", "The connection to the browser broke; another host attaches to it.");
    const { root, session, settings, env } = parts.options;
    const start: HostOptions["start"] = { how: "adopt", timeoutMs: 30_000, ...(after ? { after } : {}) };
    void startHost({ root, session, client: "host", settings, start }, env).catch(() => undefined);
    await settledWithin(writingMs, shutdown.leaveBrowser());
    exit(1);
  }
}
