import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { identify } from "../../src/sessions/process/identity.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { findProcess, waitUntilGone } from "../support/processTable.js";

/** A user that is neither this one nor root: `nobody`, as most systems number it. */
const stranger = 65_534;

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isTrue()) {
    assert.ok(Date.now() < deadline, "it did not come about");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("Whose files", () => {
  const given = useFixtures("whose", "each");

  before(function () {
    if (process.platform === "win32") leaveOut(this, "whose files: Windows keeps other users out by itself");
  });

  /** A program that leaves a mark where it is run. */
  const trap = (): { program: string; mark: string } => {
    const mark = join(given.workspace.scratch, "was-run");
    const program = join(given.workspace.scratch, "trap.sh");
    writeFileSync(program, `#!/bin/sh\ntouch '${mark}'\nexit 1\n`);
    chmodSync(program, 0o755);
    return { program, mark };
  };

  describe("of another user", () => {
    before(function () {
      if (process.getuid?.() !== 0) leaveOut(this, "files of another user: only root can make them");
    });

    it("S2: a .libretto of another user above the folder is not obeyed: the session's place is the folder itself", async () => {
      const { workspace, site } = given;
      const { program, mark } = trap();
      const above = join(workspace.scratch, "above");
      const project = join(above, "project");
      mkdirSync(join(above, ".libretto"), { recursive: true });
      mkdirSync(project);
      writeFileSync(
        join(above, ".libretto", "config.json"),
        JSON.stringify({ version: 1, executablePath: program, redact: false }),
      );
      chownSync(join(above, ".libretto"), stranger, stranger);
      chownSync(join(above, ".libretto", "config.json"), stranger, stranger);
      await workspace.ok(["open", site.url(), "--headless", "--session", "mine"], { cwd: project });
      assert.equal(existsSync(mark), false);
      assert.ok(existsSync(join(project, ".libretto", "sessions", "mine", "state.json")));
      assert.deepEqual(readdirSync(join(above, ".libretto")), ["config.json"]);
      await workspace.ok(["close", "--session", "mine"], { cwd: project });
    });

    it("S2: a .libretto of another user in the folder itself is an error that says whose it is, and nothing of it is used", async () => {
      const { workspace, site } = given;
      const { program, mark } = trap();
      workspace.writeConfig({ version: 1, executablePath: program });
      chownSync(workspace.librettoFolder, stranger, stranger);
      const { message, hint } = failureOf(await workspace.cli(["open", site.url(), "--headless"]));
      assert.match(message, /another user \(uid 65534\)/);
      assert.match(hint, /LIBRETTO_ROOT/);
      assert.equal(existsSync(mark), false);
      chownSync(workspace.librettoFolder, 0, 0);
    });

    it("S10: a config.json of another user is an error that says whose it is; its browser is not run", async () => {
      const { workspace, site } = given;
      const { program, mark } = trap();
      workspace.writeConfig({ version: 1, executablePath: program });
      chownSync(join(workspace.librettoFolder, "config.json"), stranger, stranger);
      const { message } = failureOf(await workspace.cli(["open", site.url(), "--headless"]));
      assert.match(message, /config\.json belongs to another user \(uid 65534\)/);
      assert.equal(existsSync(mark), false);
      assert.deepEqual(workspace.processes(), []);
    });

    it("a socket folder that another user has put up is refused at the bind of a session, and at a connect to one", async () => {
      const { workspace, site } = given;
      const folder = join(workspace.env["XDG_RUNTIME_DIR"] ?? "", "libretto");
      mkdirSync(folder, { mode: 0o700 });
      chownSync(folder, stranger, stranger);
      assert.match(failureOf(await workspace.cli(["open", site.url(), "--headless"])).message, /not a private folder/);
      await waitUntilGone(() => workspace.processes());
      rmSync(folder, { recursive: true });

      await workspace.open(site.url(), "--session", "lured");
      const { socketPath, hostPid } = workspace.requireState("lured");
      // The host is stopped while its folder is swapped, so that it cannot put its socket back.
      process.kill(hostPid, "SIGSTOP");
      renameSync(folder, `${folder}-own`);
      mkdirSync(folder);
      let heard = 0;
      const fake = createServer((socket) => {
        heard++;
        socket.destroy();
      });
      await new Promise<void>((resolve) => fake.listen(socketPath, resolve));
      chownSync(folder, stranger, stranger);
      try {
        for (const verb of [["pages"], ["exec", "1"], ["session-mode", "read-only"]])
          assert.match(
            failureOf(await workspace.cli([...verb, "--session", "lured"])).message,
            /not a private folder of yours/,
          );
        assert.equal(heard, 0, "nothing was said to the stranger's socket");
        fake.close();
        rmSync(socketPath, { force: true });
        process.kill(hostPid, "SIGCONT");
        await until(() => workspace.log("lured", "logs").some((row) => row["event"] === "not-restored"));
        assert.deepEqual(readdirSync(folder), [], "the host binds nothing in the stranger's folder");
      } finally {
        fake.close();
        rmSync(folder, { recursive: true, force: true });
        renameSync(`${folder}-own`, folder);
      }
      assert.match(await workspace.ok(["pages", "--session", "lured"]), /The Shelf/);
    });
  });

  for (const place of [
    "sessions",
    "sessions/s",
    "sessions/s/logs.jsonl",
    "sessions/s/network.jsonl",
    "sessions/s/actions.jsonl",
    "sessions/s/snapshots",
    "sessions/s/downloads",
    "sessions/s/downloads/.incoming",
  ])
    it(`a link in the place of ${place} is not followed: open names it, and what it points to stays as it is`, async () => {
      const { workspace, site } = given;
      const victim = join(workspace.scratch, "victim");
      const isFile = place.endsWith(".jsonl");
      if (isFile) writeFileSync(victim, "dear\n");
      else mkdirSync(victim);
      const link = join(workspace.librettoFolder, place);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(victim, link);
      const { message } = failureOf(await workspace.cli(["open", site.url(), "--headless", "--session", "s"]));
      assert.ok(message.includes(link) && message.includes("link"), message);
      if (isFile) assert.equal(readFileSync(victim, "utf8"), "dear\n");
      else assert.deepEqual(readdirSync(victim), []);
      await waitUntilGone(() => workspace.processes());
    });

  it("a .libretto that is a link to a folder with other things is not followed by any command", async () => {
    const { workspace, site } = given;
    const elsewhere = join(workspace.scratch, "elsewhere");
    rmSync(workspace.librettoFolder, { recursive: true });
    mkdirSync(join(elsewhere, "documents"), { recursive: true });
    symlinkSync(elsewhere, workspace.librettoFolder);
    for (const words of [["open", site.url(), "--headless"], ["list"], ["close", "--all"]])
      assert.match(failureOf(await workspace.cli(words)).message, /symbolic link/);
    assert.deepEqual(readdirSync(elsewhere), ["documents"]);
    rmSync(workspace.librettoFolder);
  });

  it("a link to another session's folder is no session, and close removes the link alone", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "real");
    const link = join(workspace.sessionsFolder, "alias");
    symlinkSync(join(workspace.sessionsFolder, "real"), link);
    assert.match(failureOf(await workspace.cli(["pages", "--session", "alias"])).message, /symbolic link/);
    await workspace.ok(["close", "--session", "alias"]);
    assert.equal(lstatSync(link, { throwIfNoEntry: false }), undefined);
    assert.match(await workspace.ok(["pages", "--session", "real"]), /The Shelf/);
  });

  it("a log, a snapshot or a record whose place is taken by a link while the session lives is not written through it", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "live");
    const victim = join(workspace.scratch, "victim");
    mkdirSync(victim);
    const folder = join(workspace.sessionsFolder, "live");
    for (const name of ["logs.jsonl", "network.jsonl", "actions.jsonl", "snapshots"]) {
      rmSync(join(folder, name), { recursive: true });
      symlinkSync(join(victim, name), join(folder, name));
    }
    symlinkSync(join(victim, "draft"), join(folder, `.state.json.${workspace.requireState("live").hostPid}.tmp`));
    await workspace.ok(["exec", "--session", "live", `await page.goto(${JSON.stringify(site.url("/form"))})`]);
    await workspace.ok(["session-mode", "read-only", "--session", "live"]);
    assert.match(failureOf(await workspace.cli(["snapshot", "--session", "live"])).message, /symbolic link/);
    await workspace.ok(["close", "--session", "live"]);
    assert.deepEqual(readdirSync(victim), []);
  });

  it("a record by hand gets no process killed, no socket spoken to and no address adopted, whatever it names", async () => {
    const { workspace, site } = given;
    const host = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    const browser = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    let heard = 0;
    const count = (): void => void heard++;
    const endpoint = createHttpServer(count).on("connection", count).on("upgrade", count);
    await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
    const { port } = endpoint.address() as AddressInfo;
    const runtime = join(workspace.scratch, "libretto");
    mkdirSync(runtime, { mode: 0o700 });
    const socketPath = join(runtime, "0123456789ab-cdef01.sock");
    const socket = createServer(count);
    await new Promise<void>((resolve) => socket.listen(socketPath, resolve));
    try {
      const asHost = identify(host.pid ?? 0);
      const asBrowser = identify(browser.pid ?? 0);
      const record = {
        version: 1,
        status: "active",
        mode: "write-access",
        headless: true,
        cdpEndpoint: `ws://127.0.0.1:${port}/devtools/browser/made-up`,
        port,
        browserPid: asBrowser?.pid,
        browserStartedAt: asBrowser?.startedAt,
        browserBirth: asBrowser?.birth,
        socketPath,
        profilePath: join(workspace.stateHome, "libretto", "profiles", "0123456789ab-cdef01"),
        startedAt: new Date().toISOString(),
        viewport: null,
        url: "https://example.com/",
      };
      const living = { hostPid: asHost?.pid, hostStartedAt: asHost?.startedAt, hostBirth: asHost?.birth };
      const gone = { hostPid: 4_000_000, hostStartedAt: new Date(0).toISOString() };
      const records = {
        live: { kind: "launched", ...living },
        hostless: { kind: "launched", ...gone },
        connected: { kind: "connected", ...gone, browserPid: null, browserStartedAt: null, browserBirth: undefined },
      };
      mkdirSync(record.profilePath, { recursive: true });
      for (const [session, fields] of Object.entries(records))
        workspace.write(`.libretto/sessions/${session}/state.json`, JSON.stringify({ ...record, ...fields, session }));
      for (const session of Object.keys(records))
        for (const words of [["pages"], ["exec", "1"], ["readonly-exec", "1"], ["snapshot"], ["session-mode"]])
          assert.notEqual((await workspace.cli([...words, "--session", session])).status, 0, session);
      assert.equal((await workspace.cli(["close", "--session", "live"])).status, 0);
      assert.equal((await workspace.cli(["close", "--all", "--force"])).status, 0);
      await workspace.ok(["gc", "--all"]);
      assert.ok(findProcess(host.pid ?? 0) && findProcess(browser.pid ?? 0), "the strangers' processes live");
      assert.equal(heard, 0, "nobody spoke to the address or the socket");
      assert.ok(existsSync(socketPath) && existsSync(record.profilePath));
      // The name is no less free for it.
      await workspace.open(site.url(), "--session", "live");
    } finally {
      for (const child of [host, browser]) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      endpoint.close();
      socket.close();
    }
  });

  it("the record of a live session, copied into another workspace, makes no session there", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "own");
    const elsewhere = join(workspace.scratch, "copy");
    const copy = join(elsewhere, ".libretto", "sessions", "own");
    mkdirSync(copy, { recursive: true });
    writeFileSync(join(copy, "state.json"), readFileSync(join(workspace.sessionsFolder, "own", "state.json")));
    assert.notEqual((await workspace.cli(["pages", "--session", "own"], { cwd: elsewhere })).status, 0);
    await workspace.ok(["close", "--all", "--force"], { cwd: elsewhere });
    assert.match(await workspace.ok(["pages", "--session", "own"]), /The Shelf/);
  });

  it("what the record says of its processes is taken from the private index, and a lost entry is put back", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "sly");
    const bystander = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    try {
      const path = join(workspace.sessionsFolder, "sly", "state.json");
      const stranger = identify(bystander.pid ?? 0);
      const state = workspace.requireState("sly");
      process.kill(state.hostPid, "SIGKILL");
      writeFileSync(
        path,
        JSON.stringify({
          ...state,
          browserPid: stranger?.pid,
          browserStartedAt: stranger?.startedAt,
          browserBirth: stranger?.birth,
        }),
      );
      assert.match(await workspace.ok(["pages", "--session", "sly"]), /The Shelf/);
      assert.equal(workspace.requireState("sly").browserPid, state.browserPid);
      const index = join(workspace.stateHome, "libretto", "index");
      for (const file of readdirSync(index)) rmSync(join(index, file));
      await until(() => readdirSync(index).length > 0);
      await workspace.ok(["close", "--session", "sly"]);
      assert.ok(findProcess(bystander.pid ?? 0));
      await waitUntilGone(() => workspace.processes());
    } finally {
      bystander.kill("SIGKILL");
      await once(bystander, "exit");
    }
  });

  it("folders and files that were there before get the modes of a session: 0700 and 0600", async () => {
    const { workspace, site } = given;
    const folder = join(workspace.sessionsFolder, "open");
    const index = join(workspace.stateHome, "libretto", "index");
    const runtime = join(workspace.env["XDG_RUNTIME_DIR"] ?? "", "libretto");
    for (const path of [join(folder, "snapshots"), join(workspace.sessionsFolder, ".locks"), index, runtime])
      mkdirSync(path, { recursive: true });
    for (const path of [workspace.sessionsFolder, folder, join(folder, "snapshots"), index]) chmodSync(path, 0o777);
    chmodSync(runtime, 0o755);
    for (const name of ["logs", "network", "actions"]) {
      writeFileSync(join(folder, `${name}.jsonl`), "");
      chmodSync(join(folder, `${name}.jsonl`), 0o666);
    }
    await workspace.open(site.url(), "--session", "open");
    const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    for (const path of [
      workspace.sessionsFolder,
      join(workspace.sessionsFolder, ".locks"),
      folder,
      join(folder, "snapshots"),
      index,
      runtime,
    ])
      assert.equal(modeOf(path), "700", path);
    for (const name of ["logs.jsonl", "network.jsonl", "actions.jsonl", "state.json"])
      assert.equal(modeOf(join(folder, name)), "600", name);
    for (const name of readdirSync(index)) assert.equal(modeOf(join(index, name)), "600", name);
  });

  it("a saved login that came with the workspace is loaded only when it is named", async () => {
    const { workspace, site } = given;
    const { hostname } = new URL(site.url());
    const profile = {
      version: 1,
      name: "theirs",
      savedAt: "2026-01-01T00:00:00.000Z",
      sites: [hostname],
      storageState: {
        cookies: [
          {
            name: "who",
            value: "mallory",
            domain: hostname,
            path: "/",
            expires: -1,
            httpOnly: false,
            secure: false,
            sameSite: "Lax",
          },
        ],
        origins: [],
      },
    };
    workspace.write(".libretto/profiles/theirs.json", JSON.stringify(profile));
    const opened = await workspace.cli(["open", site.url(), "--headless", "--session", "plain", "--write-access"]);
    assert.equal(opened.status, 0, opened.stderr);
    assert.match(opened.stderr, /"theirs" is not loaded, since it came with the workspace.*--auth-profile theirs/);
    const cookies = "return (await context.cookies()).map(({ value }) => value).join()";
    assert.equal(await workspace.ok(["exec", "--session", "plain", cookies]), "");
    await workspace.open(site.url(), "--session", "named", "--write-access", "--auth-profile", "theirs");
    assert.equal(await workspace.ok(["exec", "--session", "named", cookies]), "mallory");
  });
});
