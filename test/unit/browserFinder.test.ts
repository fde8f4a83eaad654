import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBrowser } from "../../src/sessions/browser/browserFinder.js";
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

  it("is the flag's, else the environment's, else the config's", () => {
    const programs = ["flag", "environment", "config"].map((name) => join(folder, name));
    for (const program of programs) writeFileSync(program, "", { mode: 0o755 });
    const [executablePath, LIBRETTO_CHROMIUM, configPath] = programs;
    assert.equal(
      findBrowser({ headless: true, executablePath, configPath }, { LIBRETTO_CHROMIUM }).path,
      executablePath,
    );
    assert.equal(findBrowser({ headless: true, configPath }, { LIBRETTO_CHROMIUM }).path, LIBRETTO_CHROMIUM);
    assert.equal(findBrowser({ headless: true, configPath }, {}).path, configPath);
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
