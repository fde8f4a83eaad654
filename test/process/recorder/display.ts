/**
 * A display without a screen, and the hand of a person on it: events of mouse and keyboard that come from the
 * X server and reach the browser as those of real devices do (xdotool, Debian's package of that name).
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { CdpSession } from "../../../src/sessions/host/wire/cdp.js";
import type { Witness } from "../../support/browser.js";

const run = promisify(execFile);

/** Why no window can be shown and acted on here; undefined where it can. */
export function whyNoWindow(): string | undefined {
  for (const [file, what] of [
    ["/usr/bin/Xvfb", "xvfb"],
    ["/usr/bin/xdotool", "xdotool"],
  ] as const)
    if (!existsSync(file)) return `${file} is missing (Debian's package ${what})`;
  return undefined;
}

export class Display {
  private constructor(
    readonly name: string,
    private readonly server: ChildProcess,
  ) {}

  static async start(): Promise<Display> {
    // The server takes a free number and writes it to the descriptor.
    const server = spawn("/usr/bin/Xvfb", ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const number = await new Promise<string>((resolve, reject) => {
      let text = "";
      server.stdio[3]?.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes("\n")) resolve(text.trim());
      });
      server.once("exit", (status) => reject(new Error(`Xvfb ended with ${status}.`)));
      server.once("error", reject);
    });
    return new Display(`:${number}`, server);
  }

  /** The hand on a page's window. */
  hand(page: Pick<CdpSession, "send">): Hand {
    return new Hand(this.name, page);
  }

  /** The hand on the window of the page of that path, once it is there. */
  async handOn(witness: Witness, path: string): Promise<Hand> {
    const sessionId = await witness.sessionOf(path);
    const hand = this.hand({ send: (method, params) => witness.send(method, params, sessionId) });
    await hand.arrive();
    return hand;
  }

  close(): void {
    this.server.kill("SIGKILL");
  }
}

export class Hand {
  constructor(
    private readonly display: string,
    private readonly page: Pick<CdpSession, "send">,
  ) {}

  /** Where an element's middle is on the screen. `expression` is looked up in the page, and gives the element. */
  async find(expression: string, page = this.page, offset = { x: 0, y: 0 }): Promise<{ x: number; y: number }> {
    const script = `(() => { const { left, top, width, height } = (${expression}).getBoundingClientRect(); return [left + width / 2, top + height / 2, screenX + (outerWidth - innerWidth) / 2, screenY + outerHeight - innerHeight]; })()`;
    const { result, exceptionDetails } = await page.send<{
      result: { value: number[] };
      exceptionDetails?: { exception?: { description?: string } };
    }>("Runtime.evaluate", { expression: script, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
    const [x = 0, y = 0, left = 0, top = 0] = result.value;
    return { x: Math.round(x + offset.x + left), y: Math.round(y + offset.y + top) };
  }

  /** Resolves when the window is there and takes the mouse. */
  async arrive(): Promise<void> {
    const seen = this.page.send("Runtime.evaluate", {
      expression: `new Promise((resolve) => addEventListener("pointermove", resolve, { once: true }))`,
      awaitPromise: true,
    });
    let arrived = false;
    void seen.then(
      () => (arrived = true),
      () => (arrived = true),
    );
    for (let step = 0; !arrived; step++) {
      const { x, y } = await this.find("{ getBoundingClientRect: () => ({ left: 100, top: 3, width: 0, height: 0 }) }");
      await this.xdotool("mousemove", String(x + (step % 2) * 20), String(y));
      await Promise.race([seen, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
  }

  async click(expression: string, { button = 1, times = 1 } = {}): Promise<void> {
    const { x, y } = await this.find(expression);
    await this.clickAt(x, y, { button, times });
  }

  async clickAt(x: number, y: number, { button = 1, times = 1 } = {}): Promise<void> {
    await this.xdotool("mousemove", String(x), String(y));
    await this.xdotool("click", "--repeat", String(times), "--delay", "60", String(button));
  }

  /** Clicks what opens a menu of the browser's own, and resolves when that is there: until then, keys go to the page. */
  async openMenu(expression: string, button: 1 | 3): Promise<void> {
    const before = await this.#windowCount();
    await this.click(expression, { button });
    const deadline = Date.now() + 30_000;
    while ((await this.#windowCount()) <= before) {
      if (Date.now() > deadline) throw new Error(`No menu came up at ${expression}.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Moves what can be dragged, in steps, as a hand does, and lets go where the page takes it. */
  async drag(from: string, to: string): Promise<void> {
    const [begin, end] = [await this.find(from), await this.find(to)];
    let taken = false;
    // A button that is let go before the browser has begun the drag ends it.
    const over = this.page
      .send("Runtime.evaluate", {
        expression: `new Promise((resolve) => (${to}).addEventListener("dragover", resolve, { once: true }))`,
        awaitPromise: true,
      })
      .then(() => void (taken = true));
    await this.xdotool("mousemove", String(begin.x), String(begin.y), "mousedown", "1");
    for (let step = 1; step <= 10; step++) {
      const at = (a: number, b: number): string => String(Math.round(a + ((b - a) * step) / 10));
      await this.xdotool("mousemove", "--sync", at(begin.x, end.x), at(begin.y, end.y));
    }
    for (let step = 0; !taken; step++) {
      await this.xdotool("mousemove", String(end.x + (step % 2) * 4), String(end.y));
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    await this.xdotool("mouseup", "1");
  }

  /** Turns the wheel downwards over an element, and resolves when the page has come to rest: a click in a page that scrolls goes astray. */
  async wheel(expression: string, turns = 1): Promise<void> {
    const { x, y } = await this.find(expression);
    // A scroll that has ended can go on with the next turn, where that comes late.
    const rest = this.page.send("Runtime.evaluate", {
      expression: `new Promise((resolve) => {
        let timer;
        for (const type of ["wheel", "scroll", "scrollend"])
          addEventListener(type, () => { clearTimeout(timer); if (type === "scrollend") timer = setTimeout(resolve, 500); }, { capture: true, passive: true });
      })`,
      awaitPromise: true,
    });
    await this.xdotool("mousemove", String(x), String(y), "click", "--repeat", String(turns), "--delay", "60", "5");
    await rest;
  }

  /** Leaves the mouse near the top of the page. */
  async rest(): Promise<void> {
    const { x, y } = await this.find("{ getBoundingClientRect: () => ({ left: 100, top: 3, width: 0, height: 0 }) }");
    await this.xdotool("mousemove", String(x), String(y));
  }

  /** Gives a path to the file dialog of GTK, once that is there, and clicks Open: Return closes it without a file. */
  async chooseFile(path: string): Promise<void> {
    const dialog = await this.xdotool("search", "--sync", "--onlyvisible", "--name", "^Open File");
    await this.xdotool("windowfocus", "--sync", dialog);
    await this.type(path);
    const geometry = await this.xdotool("getwindowgeometry", "--shell", dialog);
    const {
      X = 0,
      Y = 0,
      WIDTH = 0,
      HEIGHT = 0,
    } = Object.fromEntries(
      geometry.split("\n").map((line) => [line.split("=")[0], Number(line.split("=")[1])]),
    ) as Record<string, number>;
    await this.clickAt(X + WIDTH - 50, Y + HEIGHT - 24);
  }

  async type(text: string): Promise<void> {
    await this.xdotool("type", "--delay", "15", text);
  }

  /** Keys by their names in X, such as `Return` or `ctrl+a`. */
  async press(...keys: string[]): Promise<void> {
    await this.xdotool("key", "--delay", "40", ...keys);
  }

  /** A menu is a window of its own. */
  async #windowCount(): Promise<number> {
    return (await this.xdotool("search", "--onlyvisible", "--maxdepth", "1", "--name", ".*")).split("\n").length;
  }

  private async xdotool(...args: string[]): Promise<string> {
    const { stdout } = await run("/usr/bin/xdotool", args, { env: { ...process.env, DISPLAY: this.display } });
    return stdout.trim();
  }
}
