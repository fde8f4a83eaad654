import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { cliPath, failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { waitUntilGone } from "../support/processTable.js";
import { leaveOut } from "../support/leaveOut.js";

describe("S2 and S3 where a workspace keeps its sessions", () => {
  const given = useFixtures("root", "each");

  it("S2: the folder of a session holds its record and its logs, and only the user may read them", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "kept");
    await workspace.ok(["snapshot", "--session", "kept"]);
    const folder = join(workspace.sessionsFolder, "kept");
    for (const name of ["state.json", "logs.jsonl", "network.jsonl", "actions.jsonl", "snapshots"])
      assert.ok(existsSync(join(folder, name)), name);
    if (process.platform !== "win32") {
      assert.equal(statSync(workspace.sessionsFolder).mode & 0o077, 0);
      for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
    }
  });

  it("S2: a command in a folder below finds the workspace above", async () => {
    const { workspace, site } = given;
    const below = join(workspace.folder, "a", "b");
    mkdirSync(below, { recursive: true });
    await workspace.open(site.url(), "--session", "above");
    assert.match(await workspace.ok(["pages"], { cwd: below }), /The Shelf/);
    assert.equal(existsSync(join(below, ".libretto")), false);
  });

  it("S2: without .libretto the nearest .git decides, and without either the working directory", async () => {
    const { workspace, site } = given;
    rmSync(workspace.librettoFolder, { recursive: true });
    const repository = join(workspace.folder, "repository");
    const inside = join(repository, "packages", "one");
    mkdirSync(inside, { recursive: true });
    mkdirSync(join(repository, ".git"));
    await workspace.ok(["open", site.url(), "--headless", "--session", "in-git"], { cwd: inside });
    assert.ok(existsSync(join(repository, ".libretto", "sessions", "in-git", "state.json")));
    await workspace.ok(["close", "--session", "in-git"], { cwd: inside });

    const bare = join(workspace.folder, "bare");
    mkdirSync(bare);
    await workspace.ok(["open", site.url(), "--headless", "--session", "here"], { cwd: bare });
    assert.ok(existsSync(join(bare, ".libretto", "sessions", "here", "state.json")));
    await workspace.ok(["close", "--session", "here"], { cwd: bare });
  });

  it("S2: LIBRETTO_ROOT overrides both", async () => {
    const { workspace, site } = given;
    const elsewhere = join(workspace.scratch, "elsewhere");
    mkdirSync(elsewhere);
    const env = { LIBRETTO_ROOT: elsewhere };
    await workspace.ok(["open", site.url(), "--headless", "--session", "there"], { env });
    assert.ok(existsSync(join(elsewhere, ".libretto", "sessions", "there", "state.json")));
    assert.equal(existsSync(workspace.sessionsFolder), false);
    await workspace.ok(["close", "--session", "there"], { env });
  });

  it("S2: a LIBRETTO_ROOT that is no folder is refused", async () => {
    const { status, message } = failureOf(
      await given.workspace.cli(["list"], { env: { LIBRETTO_ROOT: "/nowhere/at/all" } }),
    );
    assert.equal(status, 2);
    assert.match(message, /LIBRETTO_ROOT/);
  });

  it("S2: a LIBRETTO_ROOT that is relative starts at the working directory", async () => {
    const { workspace, site } = given;
    mkdirSync(join(workspace.folder, "sub", "project"), { recursive: true });
    const here = { cwd: join(workspace.folder, "sub"), env: { LIBRETTO_ROOT: "project" } };
    await workspace.ok(["open", site.url(), "--headless", "--session", "relative"], here);
    assert.ok(existsSync(join(workspace.folder, "sub", "project", ".libretto", "sessions", "relative", "state.json")));
    assert.match(
      await workspace.ok(["pages"], { cwd: workspace.folder, env: { LIBRETTO_ROOT: "sub/project/.libretto" } }),
      /The Shelf/,
    );
    await workspace.ok(["close", "--all"], here);
  });

  it("S2: a .libretto that is a link to elsewhere, on a long path with spaces and letters of every kind, works from open to close", async function () {
    if (process.platform === "win32")
      leaveOut(this, "a .libretto that is a link: making links takes rights on Windows");
    const { workspace, site } = given;
    const odd = join(workspace.folder, "mein Projekt – 漢字 🦊 'q' $HOME", "x".repeat(200));
    const elsewhere = join(workspace.scratch, "else where");
    mkdirSync(odd, { recursive: true });
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(odd, ".libretto"));
    const here = { cwd: odd };
    await workspace.ok(["open", site.url(), "--headless", "--session", "odd"], here);
    assert.ok(existsSync(join(elsewhere, "sessions", "odd", "state.json")));
    const { png } = await workspace.json<{ png: string }>(["snapshot", "--session", "odd"], here);
    assert.ok(existsSync(png));
    await workspace.ok(["close", "--all"], here);
    await waitUntilGone(() => workspace.processes());
  });

  it("S2: a working directory that was removed is an error that says so", async function () {
    if (process.platform === "win32") leaveOut(this, "a working directory that was removed: Windows keeps it");
    const { workspace } = given;
    const gone = join(workspace.scratch, "gone");
    mkdirSync(gone);
    const said = spawnSync("sh", ["-c", 'rmdir "$PWD" && exec "$0" "$1" list', process.execPath, cliPath], {
      cwd: gone,
      env: workspace.env,
      encoding: "utf8",
    });
    assert.equal(said.status, 1);
    assert.match(said.stderr, /^error: The working directory no longer exists\.\nhint: .+\n$/);
  });

  for (const [what, runtime] of [
    ["is not there", "/run/user/nobody-has-this"],
    ["is too long for a socket's path", `/tmp/${"r".repeat(80)}`],
    ["is too long in bytes", `/tmp/${"漢".repeat(25)}`],
    ["is relative", "run"],
    ["is not set", undefined],
  ] as const) {
    it(`a runtime folder that ${what} is passed over, and the socket is still the user's alone`, async function () {
      if (process.platform === "win32") leaveOut(this, "runtime folders: Windows has named pipes instead");
      const { workspace, site } = given;
      const env = { XDG_RUNTIME_DIR: runtime };
      await workspace.ok(["open", site.url(), "--headless", "--session", "runtime"], { env });
      const { socketPath } = workspace.requireState("runtime");
      assert.ok(socketPath.startsWith("/tmp/libretto-"));
      assert.equal(statSync(join(socketPath, "..")).mode & 0o077, 0);
      assert.match(
        await workspace.ok(["pages", "--session", "runtime"]),
        /The Shelf/,
        "also for a command to which another folder is named",
      );
      await workspace.ok(["close", "--all"], { env });
      assert.equal(existsSync(socketPath), false);
    });
  }

  it("S3: git sees config.json and the .gitignore, and nothing of a session", async () => {
    const { workspace, site } = given;
    execFileSync("git", ["init", "-q"], { cwd: workspace.folder });
    workspace.writeConfig({ version: 1 });
    await workspace.open(site.url(), "--session", "private");
    const seen = execFileSync("git", ["status", "--porcelain", "--untracked-files=all"], {
      cwd: workspace.folder,
      encoding: "utf8",
    });
    assert.deepEqual(seen.trim().split("\n").sort(), ["?? .libretto/.gitignore", "?? .libretto/config.json"]);
  });

  it("S3: a .gitignore that somebody wrote is left as it is", async () => {
    const { workspace, site } = given;
    workspace.write(".libretto/.gitignore", "mine\n");
    await workspace.open(site.url(), "--session", "polite");
    assert.equal(readFileSync(join(workspace.librettoFolder, ".gitignore"), "utf8"), "mine\n");
  });

  it("commands that only look create nothing", async () => {
    const { workspace } = given;
    rmSync(workspace.librettoFolder, { recursive: true });
    for (const args of [["list"], ["status"], ["--help"], ["--version"], ["close", "--all"], ["gc"]])
      await workspace.cli(args);
    assert.deepEqual(workspace.files(), []);
  });
});
