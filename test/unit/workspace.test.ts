import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { findWorkspace, prepareWorkspace, userStateFolder, workspaceAt } from "../../src/sessions/store/workspace.js";

describe("S2, S3: the workspace", () => {
  let root: string;
  beforeEach(() => (root = realpathSync(mkdtempSync(join(tmpdir(), "libretto-workspace-")))));
  afterEach(() => rmSync(root, { recursive: true }));
  const folder = (...parts: string[]): string => {
    const path = join(root, ...parts);
    mkdirSync(path, { recursive: true });
    return path;
  };

  it("is where .libretto is, upwards, before a nearer .git", () => {
    folder(".libretto");
    folder("repository", ".git");
    assert.equal(findWorkspace(folder("repository", "src"), {}).root, root);
  });

  it("remembers a user's sessions in the home that the system knows, where HOME is not set", () => {
    assert.equal(userStateFolder({}, "linux"), join(homedir(), ".local", "state", "libretto"));
    assert.equal(
      userStateFolder({ HOME: "/home/a", XDG_STATE_HOME: "relative" }, "linux"),
      "/home/a/.local/state/libretto",
    );
    assert.equal(userStateFolder({ XDG_STATE_HOME: "/state" }, "linux"), "/state/libretto");
  });

  it("is where .git is, upwards, be it a folder or a worktree's file", () => {
    folder("one", ".git");
    assert.equal(findWorkspace(folder("one", "src", "deep"), {}).root, join(root, "one"));
    writeFileSync(join(folder("two"), ".git"), "gitdir: elsewhere\n");
    assert.equal(findWorkspace(folder("two", "src"), {}).root, join(root, "two"));
  });

  it("is the one that LIBRETTO_ROOT names, as its parent or as .libretto itself", () => {
    folder(".libretto");
    const other = folder("other");
    assert.equal(findWorkspace(root, { LIBRETTO_ROOT: other }).root, other);
    assert.equal(findWorkspace(root, { LIBRETTO_ROOT: join(folder("other", ".libretto")) }).root, other);
    assert.throws(() => findWorkspace(root, { LIBRETTO_ROOT: join(root, "missing") }), /not a folder/);
    writeFileSync(join(root, "file"), "");
    assert.throws(() => findWorkspace(root, { LIBRETTO_ROOT: join(root, "file") }), /not a folder/);
  });

  it("is not where a file is called .libretto", () => {
    folder(".libretto");
    writeFileSync(join(folder("nested"), ".libretto"), "");
    assert.equal(findWorkspace(folder("nested", "src"), {}).root, root);
  });

  it("is not created by looking for it", () => {
    findWorkspace(root, {});
    assert.equal(statSync(join(root, ".libretto"), { throwIfNoEntry: false }), undefined);
  });

  it("keeps sessions out of git and lets config.json in, and does not touch a .gitignore that is there", () => {
    const workspace = workspaceAt(root);
    prepareWorkspace(workspace);
    const file = join(root, ".libretto", ".gitignore");
    assert.deepEqual(readFileSync(file, "utf8").trim().split("\n"), ["*", "!.gitignore", "!config.json"]);
    writeFileSync(file, "mine\n");
    prepareWorkspace(workspace);
    assert.equal(readFileSync(file, "utf8"), "mine\n");
    if (process.platform !== "win32") assert.equal(statSync(workspace.sessions).mode & 0o777, 0o700);
  });
});
