import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { SessionState } from "../../src/sessions/model/state.js";
import { Witness } from "../support/browser.js";
import { Workspace } from "../support/cli.js";
import { findProcess } from "../support/processTable.js";
import { Site } from "../support/site.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

const vsix = process.env["LIBRETTO_TEST_VSIX"] ?? "";

/** A folder with everything of PATH but Node.js and its companions. */
function pathWithoutNode(folder: string): string {
  const seen = new Set(["node", "nodejs", "npm", "npx", "corepack", "libretto"]);
  for (const from of (process.env["PATH"] ?? "").split(path.delimiter)) {
    for (const name of listed(from)) {
      if (seen.has(name)) continue;
      seen.add(name);
      symlinkSync(path.join(from, name), path.join(folder, name));
    }
  }
  return folder;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

describe("must show 4: the packaged extension in a clean VS Code, with no node on PATH", function () {
  if (process.platform === "win32") return;
  this.bail(true);
  let workspace: Workspace;
  let site: Site;
  let window: VscodeWindow;
  let bench: Workbench;
  const stateOf = (session: string): SessionState =>
    JSON.parse(readFileSync(path.join(workspace.sessionsFolder, session, "state.json"), "utf8")) as SessionState;
  /** What a command of the terminal wrote into a file. */
  const written = async (file: string): Promise<string> => {
    let text = "";
    await expect
      .poll(
        () =>
          (text = listed(workspace.folder).includes(file)
            ? readFileSync(path.join(workspace.folder, file), "utf8")
            : ""),
        { timeout: 30_000, intervals: [100] },
      )
      .toContain("end of output");
    return text;
  };

  before(async () => {
    workspace = new Workspace("vsix");
    site = await Site.start();
    const programs = path.join(workspace.scratch, "bin");
    mkdirSync(programs);
    // VS Code asks the user's login shell for its PATH, and the system's profile would put its own folders there.
    const home = path.join(workspace.scratch, "home");
    mkdirSync(home);
    writeFileSync(path.join(home, ".profile"), `PATH='${pathWithoutNode(programs)}'\nexport PATH\n`);
    const env = { ...workspace.env, PATH: programs, HOME: home, NODE_PATH: undefined };
    window = await launchVscode({ open: workspace.folder, vsix, env });
    bench = new Workbench(window.page);
    await bench.openSidebar();
  });
  clearAwayAfter(() => ({ workspace, window, bench, site }));

  it("the package is small, and holds what runs and nothing of how it is made", () => {
    assert.ok(statSync(vsix).size < 6 * 1024 * 1024);
    const installed = path.join(
      window.extensionsFolder,
      readdirSync(window.extensionsFolder).find((name) => name.startsWith("libretto.libretto")) ?? "",
    );
    const files = filesBelow(installed);
    for (const needed of [
      "dist/extension.js",
      "dist/cli.js",
      "dist/host.js",
      "dist/readonly-child.js",
      "dist/quickjs.wasm",
      "dist/quickjs.image",
      "media/glyph.svg",
      "media/icon.png",
      "node_modules/playwright-core/lib/coreBundle.js",
    ])
      assert.ok(files.includes(needed), needed);
    assert.deepEqual(
      files.filter((file) => /\.map$|\.ts$|^(src|test|scripts|bench)\//.test(file)),
      [],
    );
    const code = files
      .filter((file) => /^dist\/extension[\w-]*\.js$/.test(file))
      .map((file) => statSync(path.join(installed, file)).size);
    assert.ok(code.length > 1 && code.reduce((sum, size) => sum + size) < 380_000, code.join());
  });

  it("a session is opened from the sidebar", async () => {
    await window.page.getByRole("button", { name: "Open Session", exact: true }).click();
    await bench.answer(/Address of the page/, site.url("/"));
    await bench.answer(/Name of the session/, "clean");
    await bench.choose(/May code change the page/, /Read-only/);
    await bench.choose(/Should the browser have a window/, /Headless/);
    await expect(bench.session("clean")).toHaveAccessibleName(/^Session clean, read-only, active/);
    using browser = await Witness.connect(stateOf("clean").cdpEndpoint);
    assert.deepEqual(
      (await browser.pages()).map(({ url }) => url),
      [site.url("/")],
    );
  });

  it("V5: `libretto list` works in the integrated terminal, where there is no node", async () => {
    await bench.openTerminal();
    await window.page.keyboard.type(
      "(command -v node || echo no node; libretto list --json; echo end of output) > listed.txt 2>&1\n",
    );
    const text = await written("listed.txt");
    assert.match(text, /^no node/);
    assert.match(text, /"session": "clean"/);
  });

  it("V5: readonly-exec, exec and snapshot work there too", async () => {
    await window.page.keyboard.type(
      "(libretto readonly-exec --session clean 'return await page.title()'; libretto session-mode write-access --session clean; echo end of output) > read.txt 2>&1\n",
    );
    assert.match(await written("read.txt"), /The Shelf/);
    await window.page.keyboard.type(
      "(libretto exec --session clean \"await page.locator('#submit').click(); return await page.locator('h1').innerText()\"; libretto snapshot --session clean; echo end of output) > driven.txt 2>&1\n",
    );
    const text = await written("driven.txt");
    assert.match(text, /The Shelf/);
    assert.match(text, /page\.png/);
    using browser = await Witness.connect(stateOf("clean").cdpEndpoint);
    assert.equal(await browser.evaluate("document.body.dataset.clicked"), "yes");
    await expect.poll(() => bench.badge(bench.session("clean"))).toBe("RW");
  });

  it("V5: a session is opened and closed from there, with a host that needs no node either", async () => {
    await window.page.keyboard.type(
      `(libretto open ${site.url("/form")} --session typed --read-only --headless; echo end of output) > opened.txt 2>&1\n`,
    );
    assert.match(await written("opened.txt"), /Session "typed" opened/);
    await expect(bench.session("typed")).toHaveAccessibleName(/^Session typed, read-only, active/);
    const { browserPid } = stateOf("typed");
    await window.page.keyboard.type("(libretto close --session typed; echo end of output) > closed.txt 2>&1\n");
    await written("closed.txt");
    assert.equal(findProcess(browserPid ?? 0), undefined);
  });

  it("the session is closed from the sidebar", async () => {
    const { browserPid } = stateOf("clean");
    await bench.rowAction(bench.session("clean"), /Close Session/);
    await expect(bench.session("clean")).toHaveAccessibleName(/closed/);
    assert.equal(findProcess(browserPid ?? 0), undefined);
  });
});
