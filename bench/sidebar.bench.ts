/**
 * What the extension costs the window: its size, its activation, the sidebar's first picture with 200 sessions
 * on record, and how soon a session that was opened in a terminal is there.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { identify } from "../src/sessions/process/identity.js";
import { Workspace } from "../test/support/cli.js";
import { writeRecord } from "../test/support/records.js";
import { Site } from "../test/support/site.js";
import { launchVscode, runHostSuite } from "../test/support/vscode/launch.js";
import { expect, Workbench } from "../test/support/vscode/workbench.js";
import { median, type Figure } from "./figures.js";

/** Of the 200 sessions on record: they are on a Grid that does not answer, which the tree never asks. */
const live = 40;
const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 5);

export async function run(): Promise<Figure[]> {
  const { ensureVscode } = await script<{ ensureVscode: () => Promise<object> }>(
    "test/support/vscode/ensureVscode.mjs",
  );
  const { buildVsix } = await script<{ buildVsix: (output: string) => Promise<string> }>("scripts/package.mjs");
  process.env["LIBRETTO_TEST_VSCODE"] = JSON.stringify(await ensureVscode());
  const workspace = new Workspace("bench-sidebar");
  const site = await Site.start();
  // Stands for forty session hosts: the registry goes by the process table.
  const host = spawn(process.execPath, ["-e", "setInterval(() => {}, 60_000)"], { stdio: "ignore" });
  try {
    const vsix = await buildVsix(join(workspace.scratch, "libretto.vsix"));
    writeRecords(workspace, host.pid ?? 0);
    const { bundleTests } = await script<{ bundleTests: (files: string[]) => Promise<string[]> }>(
      "scripts/bundleTests.mjs",
    );
    const [suite = ""] = await bundleTests(["bench/activationMarks.ts"]);
    const own: number[] = [];
    for (let round = 0; round < rounds; round++) own.push(await ownActivationTime(workspace, suite));
    const filled: number[] = [];
    const shown: number[] = [];
    const appeared: number[] = [];
    const window = await launchVscode({
      vsix,
      open: workspace.folder,
      env: workspace.env,
      viewport: { width: 1280, height: 2_400 },
    });
    try {
      const bench = new Workbench(window.page);
      for (let round = 0; round < rounds; round++) {
        await expect(bench.status).toContainText(`${live} sessions`);
        // A click on the icon of a view that stands open would close it.
        const explorer = bench.viewlet.getByRole("heading", { name: /^Explorer/ }).first();
        if (!(await explorer.isVisible()))
          await window.page
            .getByRole("tab", { name: /^Explorer/ })
            .first()
            .click();
        await expect(explorer).toBeVisible();
        filled.push(await window.page.evaluate<number>(showAndMeasure));
        shown.push(await shownActivationTime(bench));
        const name = `typed-${round}`;
        const opened = await workspace.cli(["open", site.url("/"), "--session", name, "--headless", "--read-only"]);
        if (opened.status !== 0) throw new Error(opened.stderr);
        appeared.push(await window.page.evaluate<number>(measureUntilShown(name)));
        await workspace.cli(["close", "--session", name]);
        await window.reload();
      }
    } finally {
      await window.close();
    }
    return [
      {
        what: "the extension's own code",
        measured: extensionBytes() / 1000,
        budget: 380,
        unit: "kB",
        note: `${Math.round(statSync(join("dist", "extension.js")).size / 1000)} kB of it at once`,
      },
      { what: "the package", measured: statSync(vsix).size / 2 ** 20, budget: 6, unit: "MiB" },
      {
        what: "loading and activating it",
        measured: median(own),
        budget: 50,
        unit: "ms",
        note: `Running Extensions, which counts what other extensions load meanwhile: ${median(shown)} ms`,
      },
      {
        what: `200 sessions on record, ${live} live on a Grid: from the click on the icon to the filled tree`,
        measured: median(filled),
        budget: 300,
        unit: "ms",
      },
      {
        what: "a session opened in a terminal: from the end of the command to its row",
        measured: median(appeared),
        budget: 1_000,
        unit: "ms",
      },
    ];
  } finally {
    host.kill();
    await workspace.cli(["close", "--all", "--force"]).catch(() => undefined);
    await site.close();
    await workspace.dispose();
  }
}

/** Modules of the build are no TypeScript: they are loaded as they are. */
async function script<T>(path: string): Promise<T> {
  return (await import(pathToFileURL(join(process.cwd(), path)).href)) as T;
}

/** Of all its files, also those that are loaded when they are needed. */
function extensionBytes(): number {
  return readdirSync("dist")
    .filter((name) => /^extension[\w-]*\.js$/.test(name))
    .reduce((sum, name) => sum + statSync(join("dist", name)).size, 0);
}

function writeRecords(workspace: Workspace, hostPid: number): void {
  const identity = identify(hostPid);
  for (let index = 0; index < 200; index++) {
    const session = `many-${String(index).padStart(3, "0")}`;
    mkdirSync(join(workspace.sessionsFolder, session), { recursive: true });
    if (index >= live) continue;
    // `starting` hosts are not asked whether they answer.
    writeRecord(workspace.folder, workspace.env, {
      version: 1,
      session,
      status: "starting",
      mode: index % 2 === 0 ? "read-only" : "write-access",
      kind: "launched",
      headless: true,
      cdpEndpoint: null,
      port: null,
      browserPid: null,
      browserStartedAt: null,
      hostPid,
      hostStartedAt: identity?.startedAt ?? "",
      profilePath: null,
      startedAt: new Date().toISOString(),
      viewport: null,
      url: "https://example.com/",
      grid: { url: "http://127.0.0.1:4444", name: `libretto:${index}`, id: String(index), sessionTimeoutMs: 300_000 },
    });
  }
  if (readdirSync(workspace.sessionsFolder).length !== 200) throw new Error("The records are not there.");
}

/** Runs in the window: clicks on the icon and waits for a full screen of rows. */
const showAndMeasure = `new Promise((resolve, reject) => {
  const began = performance.now();
  setTimeout(() => reject(new Error("The tree was not filled.")), 20_000);
  document.querySelector(".activitybar [aria-label^='Libretto']").click();
  const look = () => (document.querySelectorAll(".sidebar [role=treeitem][aria-label^='Session ']").length >= 30 ? resolve(performance.now() - began) : requestAnimationFrame(look));
  look();
})`;

/** Runs in the window: waits until the row of a session is there. */
function measureUntilShown(name: string): string {
  return `new Promise((resolve) => {
    const began = performance.now();
    const look = () => (document.querySelector(".sidebar [role=treeitem][aria-label^='Session ${name},']") ? resolve(performance.now() - began) : requestAnimationFrame(look));
    look();
  })`;
}

/** Of the extension alone, in a window of its own. @param suite the bundle of activationMarks.ts */
async function ownActivationTime(workspace: Workspace, suite: string): Promise<number> {
  const report = join(workspace.scratch, "activation");
  const status = await runHostSuite({
    extension: process.cwd(),
    suite,
    open: workspace.folder,
    env: { ...workspace.env, LIBRETTO_BENCH_REPORT: report },
  });
  if (status !== 0) throw new Error(`The extension host ended with ${status}.`);
  return Number(readFileSync(report, "utf8"));
}

/** The list is sorted by that time, and holds only the rows that are seen: the window has to be high. */
async function shownActivationTime(bench: Workbench): Promise<number> {
  await bench.command("Developer: Show Running Extensions");
  const row = bench.page.locator(".runtime-extensions-editor .extension").filter({ hasText: "Libretto" }).first();
  await expect(row).toContainText(/\d+ms/);
  return Number(/(\d+)ms/.exec(await row.innerText())?.[1]);
}
