/** A log pane as a reader sees it, and the rows that tests put into its files. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { FrameLocator, Locator } from "playwright";
import { mask } from "../../../src/sessions/logs/mask.js";
import type { Workspace } from "../cli.js";
import type { VscodeWindow } from "./launch.js";
import { expect, type Workbench } from "./workbench.js";

const began = Date.UTC(2026, 10, 23, 1, 2, 3);

/** The time of the row of that number: they are 250 ms apart. */
export function at(n: number): string {
  return new Date(began + n * 250).toISOString();
}

/** A request. @param fields what differs from the others */
export function request(n: number, fields: object = {}): object {
  return {
    ts: at(n),
    id: `r${n}`,
    pageId: "p1",
    method: "GET",
    url: `https://shop.example/item/${n}`,
    resourceType: "fetch",
    status: 200,
    statusText: "OK",
    contentType: "application/json",
    requestHeaders: { accept: "*/*", authorization: `Bearer ${mask}` },
    responseHeaders: { "content-type": "application/json" },
    responseBody: JSON.stringify({ item: n, tags: ["a", "b"] }),
    size: 1000 + n,
    duration: 40 + (n % 7) * 90,
    fromCache: false,
    ...fields,
  };
}

/** A person's click on a button of that name. @param fields what differs from the others */
export function click(n: number, button: string, fields: object = {}): object {
  return {
    ts: at(n),
    source: "user",
    pageId: "p1",
    action: "click",
    bestSemanticSelector: `getByRole("button", { name: "${button}" })`,
    url: "https://shop.example/",
    duration: 10,
    success: true,
    ...fields,
  };
}

export function lines(rows: object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

/** The files of sessions that have ended, without a browser. */
export class LogFiles {
  constructor(private readonly workspace: Workspace) {}

  file(session: string, kind: string): string {
    return path.join(this.workspace.sessionsFolder, session, `${kind}.jsonl`);
  }

  make(session: string, rows: Record<string, object[]>): void {
    mkdirSync(path.join(this.workspace.sessionsFolder, session, "snapshots"), { recursive: true });
    for (const [kind, some] of Object.entries(rows)) writeFileSync(this.file(session, kind), lines(some));
  }
}

export class LogPane {
  readonly frame: FrameLocator;

  constructor(
    private readonly window: VscodeWindow,
    private readonly bench: Workbench,
  ) {
    this.frame = window.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  get list(): Locator {
    return this.frame.getByRole("grid", { name: "Rows" });
  }

  row(text: string | RegExp): Locator {
    return this.list.getByRole("row", { name: text });
  }

  get selected(): Locator {
    return this.list.locator("[aria-selected=true]");
  }

  get filter(): Locator {
    return this.frame.getByRole("textbox", { name: "Filter" });
  }

  get status(): Locator {
    return this.frame.locator("footer .count");
  }

  /** What a screen reader hears without asking. */
  get announcement(): Locator {
    return this.frame.locator("footer").getByRole("status");
  }

  get newRows(): Locator {
    return this.frame.locator("button.new-rows");
  }

  get detail(): Locator {
    return this.frame.getByRole("region", { name: "Details" });
  }

  /** What is in the clipboard. */
  clipboard(): Promise<string> {
    return this.window.page.evaluate("navigator.clipboard.readText()");
  }

  /** Turns the wheel over the rows, and waits until they lie still again: they may move smoothly. */
  async wheel(deltaY: number): Promise<void> {
    const viewport = this.list.locator(".viewport");
    const [before] = await viewport.evaluate(placesOfRows);
    await this.list.hover();
    await this.window.page.mouse.wheel(0, deltaY);
    const isStillElsewhere = async (): Promise<boolean> => {
      const [now, later] = await viewport.evaluate(placesOfRows);
      return now !== before && now === later;
    };
    await expect.poll(isStillElsewhere, { intervals: [50] }).toBe(true);
  }

  /** Presses a key of the list by which another row is selected. @returns what a screen reader says of that row */
  async select(key: string): Promise<string> {
    const before = (await this.selected.getAttribute("aria-label")) ?? "";
    await this.list.press(key);
    await expect(this.selected).not.toHaveAttribute("aria-label", before);
    return (await this.selected.getAttribute("aria-label")) ?? "";
  }

  /** Opens a log from the palette; the sidebar is open. */
  async open(session: string, log: RegExp): Promise<void> {
    // The palette offers the sessions of that moment.
    await this.bench.session(session).waitFor();
    // A key that the pane before hands to the window late closes the question.
    await expect(async () => {
      await this.bench.command("Libretto: Open Log");
      for (const choice of [new RegExp(session), log])
        await this.bench.quickInput.getByRole("option", { name: choice }).first().click({ timeout: 10_000 });
    }).toPass({ timeout: 60_000 });
  }
}

/** Runs in the pane: how far its rows are scrolled and where the first of them is, now and two frames later. */
async function placesOfRows(viewport: object): Promise<[now: string, later: string]> {
  const rows = viewport as {
    scrollTop: number;
    querySelector: (selector: string) => { getBoundingClientRect: () => { top: number } } | null;
  };
  const view = globalThis as unknown as { requestAnimationFrame: (then: (time: number) => void) => void };
  const places: string[] = [];
  for (let frame = 0; frame < 3; frame++) {
    if (frame > 0) await new Promise((resolve) => view.requestAnimationFrame(resolve));
    places.push(`${rows.scrollTop} ${rows.querySelector(".row")?.getBoundingClientRect().top}`);
  }
  return [places[0] ?? "", places[2] ?? ""];
}
