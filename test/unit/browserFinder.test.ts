import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBrowser, type BrowserWish } from "../../src/sessions/browser/browserFinder.js";
import { leaveOut } from "../support/leaveOut.js";

describe("C: the browser that is started", () => {
  let folder: string;
  beforeEach(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), "libretto-browsers-")))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is called by the name under which it was found: a snap's program is a link to one that goes by its name", function () {
    if (process.platform === "win32") leaveOut(this, "a snap's program: there are none on Windows");
    const snap = join(folder, "snap");
    writeFileSync(snap, "#!/bin/sh\n");
    chmodSync(snap, 0o755);
    mkdirSync(join(folder, "bin"));
    const chromium = join(folder, "bin", "chromium");
    symlinkSync(snap, chromium);
    assert.equal(findBrowser({ headless: true, executablePath: chromium }, {}).path, chromium);
  });

  it("is the flag's, else the environment's, else that of VS Code's settings, else the config's", () => {
    const programs = ["flag", "environment", "settings", "config"].map((name) => join(folder, name));
    for (const program of programs) writeFileSync(program, "", { mode: 0o755 });
    const [executablePath, LIBRETTO_CHROMIUM, settingsPath, configPath] = programs;
    const found = (wish: Partial<BrowserWish>, env = {}): string => findBrowser({ headless: true, ...wish }, env).path;
    assert.equal(found({ executablePath, settingsPath, configPath }, { LIBRETTO_CHROMIUM }), executablePath);
    for (const none of ["", undefined])
      assert.equal(found({ executablePath: none, settingsPath, configPath }, { LIBRETTO_CHROMIUM }), LIBRETTO_CHROMIUM);
    assert.equal(found({ settingsPath, configPath }, { LIBRETTO_CHROMIUM: "" }), settingsPath);
    assert.equal(found({ settingsPath: "", configPath }), configPath);
    assert.throws(() => found({ settingsPath: join(folder, "none"), configPath }), /set by settings is not there/);
  });

  it("is Playwright's own before the system's, and of the channel that the config names", function () {
    if (process.platform !== "linux") leaveOut(this, "where Linux looks for browsers");
    const put = (...path: string[]): string => {
      mkdirSync(join(folder, ...path.slice(0, -1)), { recursive: true });
      writeFileSync(join(folder, ...path), "", { mode: 0o755 });
      return join(folder, ...path);
    };
    const older = put("pw", "chromium-1000", "chrome-linux", "chrome");
    const newer = put("pw", "chromium-1200", "chrome-linux64", "chrome");
    const edge = put("path", "microsoft-edge");
    const env = { PLAYWRIGHT_BROWSERS_PATH: join(folder, "pw"), PATH: join(folder, "path") };
    assert.equal(findBrowser({ headless: false }, env).path, newer);
    assert.notEqual(newer, older);
    assert.equal(findBrowser({ headless: false, channel: "msedge" }, env).path, edge);
  });
});
