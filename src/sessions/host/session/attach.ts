/** The one way by which a host gets to its browser, whether it was launched, lent by a Grid, connected to or taken over. */
import type { LaunchedBrowser } from "../../browser/browserProcess.js";
import type { HostOptions } from "../../ipc/hostOptions.js";
import { noWriteAccess } from "../../model/grant.js";
import { pipePaths } from "../../process/namedPipes.js";
import { asBrowser } from "../../process/recorded.js";
import { keepEndpoint, keptEndpoint } from "../../store/endpoints.js";
import { entryOf, writeEntry } from "../../store/userIndex.js";
import type { Environment } from "../../util/environment.js";
import { nobodyWaits } from "../../util/errors.js";
import type { SessionLog } from "../recorder/sessionLog.js";
import type { CdpConnection } from "../wire/cdp.js";
import { connectWire, type BrowserAddress } from "../wire/connectWire.js";
import { resolveEndpoint } from "../wire/endpoint.js";
import type { Wire } from "../wire/wire.js";
import type { Borrowed } from "./borrow.js";
import type { SessionRecord } from "./sessionRecord.js";
import { assertSharable, otherHolders, type Holder } from "./sharedBrowser.js";

export interface AttachArguments {
  options: HostOptions;
  indexId: string;
  /** The claimed one. */
  record: SessionRecord;
  launched: LaunchedBrowser | undefined;
  /** The browser that a Grid lends, which may still be waited for. */
  borrowed: Borrowed | undefined;
  /** The host's own; that of the user is in the options. */
  env: Environment;
  /** Aborted when the client that asked gives up. */
  signal: AbortSignal;
}

/**
 * Finds out where the browser is, notes it in the record, and connects to it.
 * @throws `RefusedByMode` where the session may not share the browser, or what kept it from being reached
 */
export async function attachBrowser(
  args: AttachArguments,
  log: SessionLog,
): Promise<{ wire: Wire; cdp: CdpConnection }> {
  const { options, record, launched, signal } = args;
  const { start } = options;
  if (start.how === "launch" && launched) {
    record.draft(asBrowser(launched.identity));
    if (launched.answers === undefined) {
      const { port, endpoint } = await launched.listening(start.timeoutMs);
      record.draft({ port, cdpEndpoint: endpoint });
    }
    if (launched.sandboxOff)
      log.write("warn", "sandbox-off", "Chromium's sandbox is off: as root it does not start with it.");
  } else if (args.borrowed) {
    await args.borrowed.ready;
  } else if (start.how === "connect") {
    const endpoint = await resolveEndpoint(start.endpoint, start.timeoutMs);
    const cdpEndpoint = keepEndpoint(args.env, args.indexId, endpoint);
    record.draft({ cdpEndpoint, port: Number(new URL(endpoint).port) || null });
  }
  stopIf(signal);
  if (start.how !== "launch") joinBrowser(args);
  const connecting = connectWire(addressOf(args), start.timeoutMs);
  return launched ? launched.orEnded(connecting) : connecting;
}

/** @throws where the client that asked has given up */
export function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw nobodyWaits();
}

function addressOf({ record, env, indexId, launched }: AttachArguments): BrowserAddress {
  const { sealed, profilePath, cdpEndpoint } = record.state;
  return sealed === true && profilePath !== null
    ? { pipes: pipePaths(profilePath), reading: launched?.answers }
    : { endpoint: keptEndpoint(env, indexId, cdpEndpoint ?? "") };
}

/**
 * Takes the session's place among those that hold its browser (S24). It is on record first, and looks at the others
 * then: of two that come at once, one sees the other.
 * @throws `RefusedByMode` where another session has locked the browser, or this one would lock what another drives
 */
function joinBrowser({ options, record, env, indexId }: AttachArguments): void {
  const { state } = record;
  writeEntry(env, indexId, entryOf(state, options.root, options.settings.leaseMinutes));
  const own: Holder = { root: options.root, session: state.session, cdpEndpoint: state.cdpEndpoint };
  if (options.start.how !== "adopt")
    return assertSharable(
      env,
      own,
      options.workflow ? "run --cdp" : "connect",
      state.mode === "write-access" || options.workflow !== undefined,
    );
  // Somebody locked the browser while this session had no host.
  if (state.mode === "write-access" && otherHolders(env, own).some(({ mode }) => mode === "read-only"))
    record.change(noWriteAccess);
}
