import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { HostClient } from "../../src/sessions/ipc/client.js";
import type { SetModeParams, SetModeResult } from "../../src/sessions/ipc/protocol.js";
import { asOfNow } from "../../src/sessions/model/grant.js";
import type { AccessMode } from "../../src/sessions/model/policy.js";
import { list } from "../../src/sessions/operations/list.js";
import type { SessionsContext } from "../../src/sessions/operations/context.js";
import { workspaceAt } from "../../src/sessions/store/workspace.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { presentSession } from "../../src/views/tree/presentation.js";
import type { Witness } from "../support/browser.js";
import { useFixtures } from "../support/fixtures.js";
import { waitUntilEnded } from "../support/processTable.js";

const steps = Number(process.env["LIBRETTO_STEPS"] ?? 1_000);
const seed = Number(process.env["LIBRETTO_TEST_SEED"] ?? Date.now() % 1_000_000);
const session = "any";

describe("S25 whatever is done to a session's mode, in any order", () => {
  const given = useFixtures("property");
  let client: HostClient;
  let witness: Witness;
  /** The mode that every place must tell; undefined where only the clock knows. */
  let expected: AccessMode | undefined = "write-access";
  let executing = 0;
  const done: string[] = [];

  it(`the places where it shows agree after each of ${steps} steps, and after a lock the page stands still (LIBRETTO_TEST_SEED=${seed})`, async function () {
    this.timeout(60_000 + steps * 1_000);
    await opened("write-access");
    const random = randomFrom(seed);
    const actions = weighted(random);
    try {
      for (let step = 0; step < steps; step++) {
        const [name, act] = actions();
        done.push(name);
        await inTime(act().then(() => agree()));
        // A run of an hour tells how far it is.
        if (done.length % 1_000 === 0 && done.length < steps) console.log(`${done.length} steps`);
      }
    } catch (error) {
      throw new Error(`seed ${seed}, step ${done.length}: ${done.slice(-12).join(", ")}`, { cause: error });
    } finally {
      client.close();
    }
  });

  function weighted(random: () => number): () => [string, () => Promise<void>] {
    const add = (weight: number, name: string, act: () => Promise<void>): [string, () => Promise<void>][] =>
      Array.from({ length: weight }, () => [name, act]);
    const all = [
      ...add(14, "lock", () => lock({ mode: "read-only" })),
      ...add(14, "unlock", unlock),
      ...add(6, "lock --wait", lockAndWait),
      ...add(6, "lock --wait, Ctrl-C", lockAndGiveUp),
      ...add(6, "lock, Ctrl-C", lockAndInterrupt),
      ...add(5, "grant", grant),
      ...add(3, "lock on a full disk", () => onFullDisk("read-only")),
      ...add(3, "unlock on a full disk", () => onFullDisk("write-access")),
      ...add(2, "grant that ends on a full disk", grantOnFullDisk),
      ...add(5, "request", request),
      ...add(1, "close and open read-only", () => reopen("read-only")),
      ...add(1, "close and open write-access", () => reopen("write-access")),
      ...add(1, "kill", kill),
      ...add(1, "kill while locking", killWhileLocking),
      ...add(4, "exec click", () => exec("await page.click('#add')")),
      ...add(3, "exec navigates", () => exec(`await page.goto(${JSON.stringify(given.site.url("/counter"))})`)),
      ...add(3, "exec navigates for ever", () =>
        exec(`for (;;) await page.goto(${JSON.stringify(given.site.url("/counter"))})`),
      ),
      ...add(3, "exec acts for ever", () =>
        exec("for (;;) await page.evaluate(() => { window.ticks = (window.ticks ?? 0) + 1; })"),
      ),
      ...add(3, "exec clicks for ever", () =>
        exec(
          "const box = await page.locator('#add').boundingBox(); for (;;) await page.mouse.click(box.x + 5, box.y + 5)",
        ),
      ),
      ...add(3, "exec types for ever", () =>
        exec(
          `await page.evaluate(() => { document.body.insertAdjacentHTML("beforeend", "<input id=keys>"); document.querySelector("#keys").focus(); });
           for (;;) await page.keyboard.press("a")`,
        ),
      ),
      ...add(2, "exec waits for a server that never answers", () =>
        exec(`await page.goto(${JSON.stringify(given.site.url("/never"))})`),
      ),
      ...add(3, "exec, Ctrl-C", execAndInterrupt),
      ...add(2, "exec never yields", () => exec("for (;;);")),
      ...add(2, "exec spawns", () =>
        exec(
          "(await import('node:child_process')).spawn(process.execPath, ['-e', 'setTimeout(() => 0, 3000)'], { stdio: 'inherit' }); await new Promise(() => {})",
        ),
      ),
    ];
    return () => all[Math.floor(random() * all.length)] as [string, () => Promise<void>];
  }

  async function connected(): Promise<HostClient> {
    const found = await HostClient.connect(given.workspace.requireState(session).socketPath, "test", session);
    assert.ok(found, "the host listens");
    return found;
  }

  function setMode(params: SetModeParams, signal?: AbortSignal, notice?: () => void): Promise<SetModeResult> {
    return client.request("session-mode", params, notice ? { notice } : {}, signal);
  }

  async function lock(params: SetModeParams): Promise<void> {
    const answer = await setMode(params);
    assert.equal(answer.mode, "read-only");
    expected = "read-only";
    await standsStill(answer);
  }

  async function unlock(): Promise<void> {
    assert.equal((await setMode({ mode: "write-access" })).mode, "write-access");
    expected = "write-access";
  }

  /** Where code runs that may never end, the waiting is given up. */
  async function lockAndWait(): Promise<void> {
    if (executing > 0) return lockAndGiveUp();
    return lock({ mode: "read-only", running: "wait" });
  }

  async function lockAndGiveUp(): Promise<void> {
    const abort = new AbortController();
    const answer = setMode({ mode: "read-only", running: "wait" }, abort.signal, () => abort.abort());
    await answer.then(
      async (result) => {
        expected = "read-only";
        await standsStill(result);
      },
      (error: unknown) => assert.equal(LibrettoError.from(error).code, "Interrupted"),
    );
  }

  /** A lock that is on record goes on: what was interrupted is the waiting for its answer. */
  async function lockAndInterrupt(): Promise<void> {
    const abort = new AbortController();
    const answer = setMode({ mode: "read-only" }, abort.signal);
    abort.abort();
    await answer.catch((error: unknown) => assert.equal(LibrettoError.from(error).code, "Interrupted"));
    expected = undefined;
    expected = await agree();
  }

  async function grant(): Promise<void> {
    const { mode, grantedUntil } = await setMode({ mode: "write-access", forMs: 100 });
    // On a slow disk its time is over before it is answered, and the answer says so.
    if (mode === "write-access") assert.ok(grantedUntil);
    expected = undefined;
    if (done.length % 2 === 0) return;
    await untilOver();
    expected = "read-only";
  }

  async function untilOver(): Promise<void> {
    const { grantedUntil } = given.workspace.requireState(session);
    while (grantedUntil !== undefined && Date.now() <= Date.parse(grantedUntil)) await new Promise(setImmediate);
  }

  async function onFullDisk(mode: AccessMode): Promise<void> {
    // The grant of an earlier step may end meanwhile, which is not what is looked at here.
    await untilOver();
    const before = await agree();
    await withFullDisk(() => assert.rejects(setMode({ mode })));
    expected = before;
  }

  async function grantOnFullDisk(): Promise<void> {
    await setMode({ mode: "write-access", forMs: 100 });
    await withFullDisk(async () => {
      await untilOver();
      expected = "read-only";
      await agree();
    });
  }

  async function withFullDisk(work: () => Promise<void>): Promise<void> {
    const { hostPid } = given.workspace.requireState(session);
    // What the host would write its draft to cannot be written.
    const obstacle = join(given.workspace.sessionsFolder, session, `.state.json.${hostPid}.tmp`);
    mkdirSync(obstacle);
    try {
      await work();
    } finally {
      if (existsSync(obstacle)) rmdirSync(obstacle);
    }
  }

  async function request(): Promise<void> {
    const { outcome } = await client.request("request-access", { reason: "why" });
    if (expected !== undefined) assert.equal(outcome, expected === "read-only" ? "requested" : "granted");
  }

  async function opened(mode: AccessMode): Promise<void> {
    await given.workspace.open(given.site.url("/counter"), "--session", session, `--${mode}`);
    client = await connected();
    witness = await given.witness(session);
    expected = mode;
  }

  async function reopen(mode: AccessMode): Promise<void> {
    client.close();
    await given.workspace.ok(["close", "--session", session]);
    await opened(mode);
  }

  async function kill(): Promise<void> {
    const { hostPid } = given.workspace.requireState(session);
    process.kill(hostPid, "SIGKILL");
    await waitUntilEnded(hostPid);
    client.close();
    await given.workspace.ok(["pages", "--session", session]);
    client = await connected();
  }

  async function killWhileLocking(): Promise<void> {
    const answer = setMode({ mode: "read-only" }).catch(() => undefined);
    await kill();
    await answer;
    expected = undefined;
    expected = await agree();
  }

  /** Begins code, and does not wait for its end. */
  async function exec(code: string, signal?: AbortSignal): Promise<void> {
    if (executing > 0) return;
    executing++;
    const refusedBefore = expected === "read-only";
    await new Promise<void>((begun) => {
      client
        .request("exec", { code: `console.log("begun"); ${code}` }, { console: () => begun() }, signal)
        .catch((error: unknown) => {
          const { code: kind } = LibrettoError.from(error);
          if (refusedBefore) assert.equal(kind, "RefusedByMode");
        })
        .finally(() => {
          executing--;
          begun();
        });
    });
  }

  async function execAndInterrupt(): Promise<void> {
    if (executing > 0) return;
    const abort = new AbortController();
    await exec("for (;;) await page.evaluate(() => { window.ticks = (window.ticks ?? 0) + 1; })", abort.signal);
    abort.abort();
  }

  /** The five places: the host, the file, `list`, the tree, and what `exec` gets. @returns the mode that they tell */
  async function agree(): Promise<AccessMode> {
    for (let round = 0; ; round++) {
      const context = { workspace: workspaceAt(given.workspace.folder, given.workspace.env) } as SessionsContext;
      const onDisk = (): AccessMode => asOfNow(given.workspace.requireState(session)).mode;
      const before = onDisk();
      const record = list(context).find(({ name }) => name === session);
      assert.ok(record);
      const badge = presentSession({ ...record, liveness: record.liveness, silent: false }, (text) => text).badge;
      const { state } = await client.request("status", {});
      const allowed = await mayExecute();
      const told = {
        host: state.mode,
        list: record.state?.mode,
        tree: badge === "RO" ? "read-only" : "write-access",
        exec: allowed ? "write-access" : "read-only",
      };
      // The time of a grant may have run out while one place after the other was looked at.
      if (expected === undefined && round < 5 && Object.values(told).some((mode) => mode !== before)) continue;
      const mode = expected ?? before;
      assert.deepEqual({ file: before, ...told }, { file: mode, host: mode, list: mode, tree: mode, exec: mode });
      return mode;
    }
  }

  /** Whether code would be taken. Where other code runs, the turn is given up. */
  async function mayExecute(): Promise<boolean> {
    const abort = new AbortController();
    // What is allowed waits for its turn or begins; what is refused is refused at once, before it is cancelled.
    const asked = client.request("exec", { code: "0" }, {}, abort.signal);
    abort.abort();
    try {
      await asked;
      return true;
    } catch (error) {
      const { code } = LibrettoError.from(error);
      assert.ok(code === "RefusedByMode" || code === "Interrupted", String(error));
      return code === "Interrupted";
    }
  }

  async function standsStill(answer: SetModeResult): Promise<void> {
    if (answer.unsettledPages) return;
    // A document that was there before the answer may still run the rest of its own script, which sets the clicks to 0.
    const canaries = (): Promise<unknown> =>
      witness.evaluate(
        "[performance.timeOrigin, window.ticks ?? 0, window.clicks ?? 0, document.querySelector('#keys')?.value.length]",
      );
    // A request of the page's own that a click has set off goes on; this one comes behind it.
    const asked = (): Promise<unknown> => witness.evaluate("fetch('/echo').then((answer) => answer.text())");
    await asked();
    const before = [await canaries(), given.site.counter];
    // Long enough for what had been sent to arrive.
    await asked();
    assert.deepEqual([await canaries(), given.site.counter], before);
  }
});

/** A step that does not come to its end names itself, instead of the whole test. */
async function inTime(step: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("The step has not ended within a minute.")), 60_000);
  });
  await Promise.race([step, late]).finally(() => clearTimeout(timer));
}

/** Mulberry32: the same numbers for the same seed. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
