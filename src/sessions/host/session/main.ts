/**
 * The program of a session host. It gets its options as one line on standard input and answers with one
 * line on standard output; after that it has neither. If standard input ends before the answer, nobody
 * waits any more, and it undoes what it did.
 */
import { join } from "node:path";
import { writeSync } from "node:fs";
import { endBrowser, removeProfile } from "../../browser/browserEnd.js";
import { LibrettoError, nobodyWaits } from "../../util/errors.js";
import { opensPage, type HostLine, type HostOptions, type HostOutcome } from "../../ipc/hostOptions.js";
import { identify, type ProcessIdentity } from "../../process/identity.js";
import { asBrowser } from "../../process/recorded.js";
import type { SessionState } from "../../model/state.js";
import { readInput } from "../../util/standardInput.js";
import { removeSocket } from "../../store/records.js";
import { entryOf, removeEntry, removeOtherEntries, writeEntry } from "../../store/userIndex.js";
import { socketFolder, userStateFolder } from "../../store/workspace.js";
import { launchBrowser, type LaunchedBrowser } from "../../browser/browserProcess.js";
import { waitUntilGone } from "../../process/kill.js";
import type { Borrowed } from "./borrow.js";
import { claimName, type Claim } from "./claim.js";

const given = new AbortController();
/** How often the client hears that this process works, in ms: one that is stopped, or spins, does not tell. */
const workingMs = 1_000;

const sent = readOptions();
if (sent) void run(sent);

async function run(options: HostOptions): Promise<void> {
  // A host belongs to no terminal: what is meant for the client must not end it.
  for (const signal of ["SIGHUP", "SIGINT"] as const) process.on(signal, () => undefined);
  // Until the session is open, being told to end is being told that nobody waits; afterwards it ends the session.
  process.once("SIGTERM", () => given.abort());
  const working = setInterval(() => say({ working: true }), workingMs);
  let claim: Claim | undefined;
  let launched: LaunchedBrowser | undefined;
  let borrowed: Borrowed | undefined;
  const id = `${randomHex(12)}-${randomHex(6)}`;
  const profilePath = options.start.how === "launch" ? join(userStateFolder(process.env), "profiles", id) : null;
  const { start } = options;
  try {
    if (start.how === "adopt" && start.after) await waitUntilGone(start.after, 10_000);
    const noteState = (state: Readonly<SessionState>): void =>
      writeEntry(process.env, id, entryOf(state, options.root, options.settings.leaseMinutes));
    // A browser is on record before it runs, and with its pid at once after: this process may be killed at any
    // moment. One that is adopted is on record under this host before its old entry can run out, and the old entry
    // stays until it is: this host may fail.
    claim = await claimName(options, firstState(options, id, profilePath), noteState);
    const { record } = claim;
    const note = (): void => noteState(record.state);
    if (options.start.how === "launch" && profilePath !== null) {
      const { browser, headless, viewport, sealed = false } = options.start;
      launched = launchBrowser({ browser, headless, viewport, profilePath, sealed, env: options.env });
      record.draft(asBrowser(launched.identity));
      note();
    }
    // The rest of the host is loaded while the browser starts.
    if (start.how !== "adopt" || !start.after) listenForClient();
    if (start.how === "grid") {
      const { borrow } = await import("./borrow.js");
      borrowed = borrow(start, record, process.env, given.signal, note, (waiting) => say({ waiting }));
    }
    const { openSession } = await import("./session.js");
    const opening = openSession({
      options,
      indexId: id,
      record,
      launched,
      borrowed,
      lastWords: claim.lastWords,
      env: process.env,
      signal: given.signal,
      exit: (status) => process.exit(status),
    });
    const { warning } = await Promise.race([opening, givenUp()]);
    if (options.start.how === "adopt") removeOtherEntries(process.env, id);
    clearInterval(working);
    answer({ state: record.state, ...(warning === undefined ? {} : { warning }) });
  } catch (thrown) {
    if (launched) await endBrowser(launched.identity, profilePath, process.env).catch(() => undefined);
    else attempt(() => removeProfile(process.env, profilePath));
    // What a Grid may have kept stays on record for `gc`.
    if ((await borrowed?.undo()) !== false) attempt(() => removeEntry(process.env, id));
    const claimed = claim;
    if (claimed) attempt(() => removeSocket(claimed.record.state.socketPath));
    // A record that cannot be taken back names a host that has ended, which is as good.
    if (claimed) attempt(() => claimed.undo());
    answer({ error: LibrettoError.from(thrown).toJSON() });
    if (process.env.LIBRETTO_DEBUG)
      process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
    // What other clients were answered goes out first.
    setImmediate(() => process.exit(1));
  }
}

/** Takes something back as far as that can be done: the error that is told is the one before. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // What made the opening fail may hinder this, too.
  }
}

/** Rejects when nobody waits any more, whatever the host is waiting for. */
function givenUp(): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = (): void => reject(nobodyWaits());
    if (given.signal.aborted) giveUp();
    else given.signal.addEventListener("abort", giveUp, { once: true });
  });
}

function firstState(
  options: HostOptions,
  id: string,
  profilePath: string | null,
): Omit<SessionState, "hostPid" | "hostStartedAt" | "status"> {
  const { start } = options;
  const { idleTimeoutMinutes, ownerPid } = options.settings;
  return {
    version: 1,
    session: options.session,
    mode: start.how === "adopt" ? "read-only" : start.mode,
    ...(start.how !== "adopt" && start.locked ? { locked: true } : {}),
    kind: start.how === "adopt" ? "launched" : start.kind,
    headless: opensPage(start) && start.headless,
    cdpEndpoint: null,
    port: null,
    browserPid: null,
    browserStartedAt: null,
    socketPath:
      process.platform === "win32" ? `\\\\.\\pipe\\libretto-${id}` : join(socketFolder(process.env), `${id}.sock`),
    profilePath,
    ...(start.how === "launch" && start.sealed ? { sealed: true } : {}),
    ...(start.how === "grid" ? { grid: { url: start.grid.url, name: `libretto:${id}` } } : {}),
    startedAt: new Date().toISOString(),
    viewport: opensPage(start) ? start.viewport : null,
    ...(idleTimeoutMinutes === undefined && ownerPid === undefined
      ? {}
      : { limits: { idleTimeoutMinutes, owner: ownerPid === undefined ? undefined : ownerOf(ownerPid) } }),
    url: opensPage(start) ? addressWithoutSecrets(start.url ?? "about:blank") : "",
  };
}

/** An owner that has ended already is one that was born at another time. */
function ownerOf(pid: number): ProcessIdentity {
  return identify(pid) ?? { pid, startedAt: new Date(0).toISOString() };
}

/** Until the session tells where its page is: user, query and fragment may hold secrets, and are not written down. */
function addressWithoutSecrets(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1").replace(/[?#].*$/s, "");
}

/** Chance is all that it takes to tell one session's files from another's; `node:crypto` takes 2 ms to load. */
function randomHex(digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join("");
}

/**
 * Waits for the line of options, which the client sends at once. Not by a stream: the browser is to start before one
 * is loaded.
 * @returns undefined where the client went away first
 */
function readOptions(): HostOptions | undefined {
  const piece = Buffer.allocUnsafe(64 * 1024);
  let bytes = Buffer.alloc(0);
  while (!bytes.includes(0x0a)) {
    const size = readInput(piece);
    if (size === 0) return undefined;
    bytes = Buffer.concat([bytes, piece.subarray(0, size)]);
  }
  return JSON.parse(bytes.toString("utf8", 0, bytes.indexOf(0x0a))) as HostOptions;
}

/** Hears when nobody waits for the outcome any more. */
function listenForClient(): void {
  process.stdin.on("error", () => undefined);
  process.stdin.on("close", () => given.abort());
  process.stdin.on("end", () => given.abort());
  process.stdin.resume();
}

function answer(outcome: HostOutcome): void {
  process.stdin.removeAllListeners("close").removeAllListeners("end").destroy();
  say(outcome);
}

function say(librettoHost: HostLine["librettoHost"]): void {
  try {
    writeSync(1, `${JSON.stringify({ librettoHost } satisfies HostLine)}\n`);
  } catch {
    // The client is gone; the session stays, as if it had heard.
  }
}
