/** What a person sees and clicks in a window of VS Code, under the names they would give it. */
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { expect as baseExpect, type Locator, type Page } from "playwright/test";

/** How long the window may take to show something, in ms; a busy machine is slow, and slow is no failure. */
const timeoutMs = 30_000;

/** Playwright's assertions that wait, with that timeout. */
export const expect = baseExpect.configure({ timeout: timeoutMs });

/** One theme of each kind. */
const themes = {
  light: ["Light Modern", "vs"],
  dark: ["Dark Modern", "vs-dark"],
  "high contrast": ["Dark High Contrast", "hc-black"],
  "high contrast light": ["Light High Contrast", "hc-light"],
} as const;

export class Workbench {
  constructor(readonly page: Page) {}

  get viewlet(): Locator {
    return this.page.locator(".sidebar");
  }

  get notifications(): Locator {
    return this.page.locator(".notification-toast");
  }

  get quickInput(): Locator {
    return this.page.locator(".quick-input-widget");
  }

  get dialog(): Locator {
    return this.page.locator(".monaco-dialog-box");
  }

  /** The status bar item of the sessions. */
  get status(): Locator {
    return this.page.locator(
      ".statusbar-item[id='libretto.libretto.libretto.sessions'], .statusbar-item[id*='libretto.sessions']",
    );
  }

  /** The number on the icon of the open view. */
  get activityBadge(): Locator {
    return this.page.locator(".activitybar .action-item.checked .badge-content");
  }

  /** The editor of settings, which lies over the window. */
  get settings(): Locator {
    return this.page.locator(".settings-editor");
  }

  /** Clicks on the icon in the activity bar unless its view is open. */
  async openSidebar(): Promise<void> {
    const tab = this.page
      .locator(".activitybar .action-item")
      .filter({ has: this.page.getByRole("tab", { name: /^Libretto/ }) })
      .or(this.page.getByRole("tab", { name: /^Libretto/ }))
      .first();
    const title = this.viewlet.getByRole("heading", { name: /Libretto/ }).first();
    // A second click while the view is still being made would close it.
    const opening = this.page
      .locator(".activitybar .action-item.checked")
      .filter({ has: this.page.locator("[aria-label^='Libretto']") });
    await tab.waitFor({ timeout: 60_000 });
    await expect(async () => {
      if (!(await title.isVisible()) && !(await opening.isVisible())) await tab.click();
      await expect(title).toBeVisible({ timeout: 5_000 });
    }).toPass({ timeout: timeoutMs });
  }

  /** The row of a session. */
  session(name: string): Locator {
    return this.viewlet.getByRole("treeitem", { name: new RegExp(`^Session ${name.replaceAll(".", "\\.")}\\b`) });
  }

  /** Any row of the tree, by the beginning of what a screen reader says of it. */
  row(label: string | RegExp): Locator {
    return this.viewlet.getByRole("treeitem", { name: label });
  }

  /** The letters at the end of a row. */
  async badge(row: Locator): Promise<string> {
    return (await row.locator("*").evaluateAll(paintedText)).find((text) => /^R[OW]$/.test(text)) ?? "";
  }

  /** What stands behind the code of the editors: durations, failures. */
  async marks(): Promise<string[]> {
    return this.page.locator(".view-line span").evaluateAll(paintedText);
  }

  /** Clicks an action that stands on a row while the mouse is over it. */
  async rowAction(row: Locator, name: string | RegExp): Promise<void> {
    await row.hover();
    await row.getByRole("button", { name }).click();
  }

  /** Chooses an entry of a row's context menu. */
  async rowMenu(row: Locator, entry: string): Promise<void> {
    // At its name: in the middle of a narrow row stand the actions that appear under the mouse.
    await row.click({ button: "right", position: { x: 40, y: 10 } });
    await this.menuEntry(entry);
  }

  async menuEntry(entry: string): Promise<void> {
    // A menu takes no click in its first moments, so that the one that opened it chooses nothing; Enter it takes.
    await this.page.locator(".monaco-menu").getByRole("menuitem", { name: entry }).hover();
    await this.page.keyboard.press("Enter");
  }

  /** Runs a command by its title, as typed into the palette. */
  command(title: string): Promise<void> {
    return this.fromPalette(`>${title}`, title);
  }

  /** Types into the palette and clicks the first entry of that name. */
  private async fromPalette(text: string, name: string | RegExp): Promise<void> {
    const entry = this.quickInput.getByRole("option", { name }).first();
    const input = this.quickInput.locator("input").first();
    const isAsking = async (): Promise<boolean> => (await input.isVisible()) && (await input.inputValue()) === text;
    // A window that is still starting does not know every command yet, and its palette does not learn more while it
    // stands open. It closes for a key or a change of focus that comes late, and loses a click where it sorts its
    // entries anew under the mouse.
    await expect(async () => {
      // Only there: Escape also closes the settings, and leads out of a walkthrough.
      if (await this.quickInput.isVisible()) await this.page.keyboard.press("Escape");
      await this.page.keyboard.press("F1");
      await input.fill(text, { timeout: 5_000 });
      await entry.waitFor({ timeout: 5_000 });
      // Not Enter: the palette puts first what it deems likelier.
      await entry.click({ timeout: 5_000 });
      await expect.poll(isAsking, { intervals: [50], timeout: 10_000 }).toBe(false);
    }).toPass({ timeout: 2 * timeoutMs });
  }

  /** Runs a command that may run twice, until what it is for has come about: one that takes the focus can lose it again. */
  private async commandUntil(title: string, done: (timeout: number) => Promise<void>): Promise<void> {
    await expect(async () => {
      await this.command(title);
      await done(5_000);
    }).toPass({ timeout: 2 * timeoutMs });
  }

  async closeEditors(): Promise<void> {
    const tabs = this.page.locator(".tabs-container .tab");
    await this.commandUntil("View: Close All Editors", (timeout) => expect(tabs).toHaveCount(0, { timeout }));
  }

  /** Changes the colours of the window. @param theme its label, such as `Dark Modern`; @param kind VS Code's name of its kind */
  async chooseTheme(theme: string, kind: "vs" | "vs-dark" | "hc-black" | "hc-light"): Promise<void> {
    await this.command("Preferences: Color Theme");
    await this.question(/Select Color Theme/);
    await this.quickInput.locator("input").fill(theme);
    await this.quickInput
      .getByRole("option", { name: new RegExp(`^${theme}`) })
      .first()
      .click();
    await expect(this.quickInput).toBeHidden();
    await expect(this.page.locator(`.monaco-workbench.${kind}`)).toBeVisible();
  }

  /**
   * Takes pictures in every theme, as a user sees them who changes it; `LIBRETTO_TEST_THEMES=one` takes them in one, where
   * nobody looks at them.
   * @param scenes the name of the picture of what stands there; or names with what brings each into sight, where
   *   that is gone with the next click: a picker, a hover, a dialog
   */
  async inEveryTheme(scenes: string | Record<string, () => Promise<void>>): Promise<void> {
    // Without a change of theme: it is the one that a window begins with.
    const one = process.env["LIBRETTO_TEST_THEMES"] === "one";
    for (const [kind, [theme, themeKind]] of Object.entries(themes)) {
      if (one && kind !== "dark") continue;
      if (!one) await this.chooseTheme(theme, themeKind);
      for (const [name, show] of typeof scenes === "string" ? [[scenes, undefined] as const] : Object.entries(scenes)) {
        await show?.();
        await this.screenshot(`${name} (${kind})`);
        await this.leave();
      }
    }
  }

  /** Leaves what stands before the window and lets nothing through, with Escape. */
  private async leave(): Promise<void> {
    for (const asking of [this.quickInput, this.dialog, this.page.locator(".monaco-menu"), this.settings])
      await this.dismiss(asking.first());
  }

  /** Leaves a question, a dialog or a menu by Escape. */
  async dismiss(asking: Locator): Promise<void> {
    let presses = 0;
    await expect(async () => {
      // What has not taken the focus yet, or has lost it, hears no key.
      if (await asking.isVisible())
        await (presses++ === 0 ? this.page.keyboard.press("Escape") : asking.press("Escape", { timeout: 2_000 }));
      await expect(asking).toBeHidden({ timeout: 2_000 });
    }).toPass({ timeout: timeoutMs });
  }

  /** Types into the quick input that is asked for now, and accepts. @param step what its title or prompt holds */
  async answer(step: RegExp, text: string | undefined): Promise<void> {
    await this.question(step);
    const input = this.quickInput.locator("input").first();
    if (text !== undefined) await input.fill(text);
    await input.press("Enter");
  }

  /** Chooses a line of the picker that is asked for now. */
  async choose(step: RegExp, line: string | RegExp): Promise<void> {
    await this.question(step);
    await this.quickInput.getByRole("option", { name: line }).first().click();
  }

  /** Waits until a question stands there. */
  async question(step: RegExp): Promise<void> {
    const asked = async (): Promise<string> =>
      (await this.quickInput.isVisible())
        ? `${(await this.quickInput.locator("input").first().getAttribute("placeholder")) ?? ""} ${await this.quickInput.innerText()}`
        : "";
    await expect.poll(asked, { intervals: [50] }).toMatch(step);
  }

  /** By the command: a reload of the page alone gives VS Code no time to save which editors are open. */
  async reloadWindow(): Promise<void> {
    const loaded = this.page.waitForEvent("load", { timeout: 60_000 });
    await this.command("Developer: Reload Window");
    await loaded;
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
  }

  /** The labels of the MCP servers that VS Code lists. The window's settings have to leave its AI features on. */
  async mcpServers(): Promise<string[]> {
    await this.command("MCP: List Servers");
    await this.question(/./);
    const labels = await this.quickInput.locator(".quick-input-list-entry .label-name").allInnerTexts();
    await this.dismiss(this.quickInput);
    return labels.filter((label) => label.startsWith("Libretto"));
  }

  /**
   * Opens a file through Quick Open. @param file relative to the workspace folder: a path is looked up on the disk,
   * while a bare name can be answered from the list of an earlier search, which lacks what was written since
   */
  async openFile(file: string): Promise<void> {
    const name = path.basename(file);
    await this.fromPalette(file, new RegExp(name.replaceAll(".", "\\.")));
    // It may have a tab already, behind the one of another file, which still stands there.
    const group = this.page.locator(".editor-group-container.active");
    await expect(group.locator(`.tab.active[aria-label*='${name}']`).first()).toBeVisible();
    await expect(group.locator(`.editor-instance .monaco-editor[data-uri$='/${name}']`).first()).toBeVisible();
  }

  /** The editor that shows a file, by a part of its label. */
  editor(name: string): Locator {
    return this.page
      .locator(`.editor-instance, .editor-group-container`)
      .filter({ has: this.page.locator(`.tab.active[aria-label*='${name}']`) })
      .locator(".monaco-editor")
      .first();
  }

  /** Opens a terminal and waits until it takes the keys. */
  async openTerminal(): Promise<void> {
    const input = this.page.locator(".xterm-helper-textarea:focus");
    // The view makes a terminal where there is none: a command that makes one makes a second, which takes the next keys.
    await this.commandUntil("Terminal: Focus on Terminal View", (timeout) => expect(input).toHaveCount(1, { timeout }));
  }

  /**
   * Where a terminal that is opened now finds the command `libretto`, or "no command"; the terminal is ended.
   * @param file the terminal writes it there
   */
  async commandInTerminal(file: string): Promise<string> {
    await rm(file, { force: true });
    await this.openTerminal();
    await this.page.keyboard.type(`(command -v libretto || echo no command) > '${file}'\n`);
    let text = "";
    await expect.poll(async () => (text = await readFile(file, "utf8").catch(() => ""))).toMatch(/\n/);
    await this.killTerminals();
    return text.trim();
  }

  /** Ends every terminal, and waits until they are gone: the panel closes with the last, also over one that is just opened. */
  async killTerminals(): Promise<void> {
    const terminals = this.page.locator(".xterm");
    await this.commandUntil("Terminal: Kill All Terminals", (timeout) => expect(terminals).toHaveCount(0, { timeout }));
  }

  /** Follows a link in the terminal as people do: the mouse on it, and a click with Ctrl held. @param behind what stands right before it */
  async followTerminalLink(link: string, behind: string): Promise<void> {
    const { x, y } = await this.page.evaluate<{ x: number; y: number }>(placeInTerminal(behind, link));
    // It is a link only once the mouse has come to rest on it.
    await this.page.mouse.move(x - 3, y);
    await this.page.mouse.move(x, y);
    await this.page.keyboard.down("ControlOrMeta");
    await this.page.mouse.click(x, y);
    await this.page.keyboard.up("ControlOrMeta");
  }

  /** Keeps a picture of the window with the results of the run. */
  async screenshot(name: string): Promise<void> {
    const folder = path.resolve("test-results", "screenshots");
    await mkdir(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
}

/** Runs in the window: the middle of a word in the terminal's last row that holds it behind the other text. */
function placeInTerminal(behind: string, word: string): string {
  return `(() => {
    const row = [...document.querySelectorAll(".xterm-rows > div")].filter((one) => one.textContent.includes(${JSON.stringify(behind + word)})).at(-1);
    if (!row) throw new Error("The terminal does not show it.");
    const { top, height } = row.getBoundingClientRect();
    const column = row.textContent.indexOf(${JSON.stringify(behind + word)}) + ${behind.length + word.length / 2};
    const range = document.createRange();
    let passed = 0;
    for (const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT); walker.nextNode(); passed += walker.currentNode.length) {
      if (passed + walker.currentNode.length <= column) continue;
      range.setStart(walker.currentNode, Math.floor(column - passed));
      range.setEnd(walker.currentNode, Math.floor(column - passed) + 1);
      const box = range.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: top + height / 2 };
    }
    throw new Error("The row is shorter than its text.");
  })()`;
}

/** Runs in the window. VS Code paints decorations by style sheets: they are no text of the page. */
function paintedText(elements: object[]): string[] {
  const view = globalThis as unknown as { getComputedStyle: (element: object, pseudo: string) => { content: string } };
  return elements
    .map((element) => view.getComputedStyle(element, "::after").content)
    .filter((content) => content.startsWith('"'))
    .map((content) => content.slice(1, -1).replaceAll("\u00a0", " "));
}
