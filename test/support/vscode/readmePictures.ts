/** The scenes of the README's pictures. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { Workspace } from "../cli.js";
import { Site } from "../site.js";
import { launchVscode } from "./launch.js";
import { expect, Workbench } from "./workbench.js";

const code = `// %% What is on the shelf?
const items = page.getByRole("listitem");
return {
  title: await page.title(),
  books: await items.allInnerTexts(),
};

// %% May I order one?
await page.locator("#submit").click();
`;

/** @param folder where the pictures go */
export async function takePictures(vsix: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const workspace = new Workspace("pictures");
  const site = await Site.start();
  for (const [session, address, mode] of [
    ["checkout", "/form", "--write-access"],
    ["shelf", "/", "--read-only"],
    ["old-bug", "/table", "--read-only"],
  ] as const) {
    const { status, stderr } = await workspace.cli([
      "open",
      site.url(address),
      "--session",
      session,
      mode,
      "--headless",
    ]);
    if (status !== 0) throw new Error(stderr);
  }
  await workspace.cli(["snapshot", "--session", "shelf"]);
  await workspace.cli(["close", "--session", "old-bug"]);
  await writeFile(path.join(workspace.folder, "shelf.libretto.ts"), code);
  const settings = {
    "editor.minimap.enabled": false,
    "breadcrumbs.enabled": false,
    "window.commandCenter": false,
    "workbench.layoutControl.enabled": false,
    "editor.fontSize": 13,
    "workbench.activityBar.location": "default",
  };
  const window = await launchVscode({
    vsix,
    open: workspace.folder,
    env: workspace.env,
    settings,
    viewport: { width: 1300, height: 520 },
  });
  try {
    const bench = new Workbench(window.page);
    await bench.openSidebar();
    await bench.chooseTheme("Dark Modern", "vs-dark");
    await bench.session("shelf").click();
    await expect(bench.row(/^Active page/)).toBeVisible();
    await bench.openFile("shelf.libretto.ts");
    await window.page.locator(".codelens-decoration a", { hasText: "Choose a session" }).first().click();
    await bench.choose(/Choose a session/, /shelf/);
    const lens = window.page.locator(".codelens-decoration a", { hasText: "Read on shelf" });
    await lens.first().click();
    await expect(window.page.locator(".tab", { hasText: /shelf 1\.json/ })).toBeVisible();
    await expect(bench.notifications).toHaveCount(0);
    await bench.session("shelf").hover();
    await window.page.screenshot({ path: path.join(folder, "sidebar.png") });

    await lens.nth(1).click();
    const problem = window.page.locator(".squiggly-error").first();
    await expect(problem).toBeVisible();
    await window.page
      .locator(".tab", { hasText: /shelf 1\.json/ })
      .getByRole("button", { name: /Close/ })
      .click();
    await expect(bench.notifications).toHaveCount(0);
    // By hand: a hover of Playwright's would scroll the window itself to the word.
    const word = await window.page.locator(".view-line span", { hasText: /^click$/ }).boundingBox();
    if (word) await window.page.mouse.move(word.x + word.width / 2, word.y + word.height / 2);
    await expect(window.page.locator(".monaco-hover", { hasText: "ReadonlyExecDenied" })).toBeVisible();
    await window.page.screenshot({ path: path.join(folder, "denied.png") });
  } finally {
    await workspace.cli(["close", "--all", "--force"]);
    await window.close();
    await site.close();
    await workspace.dispose();
  }
}
