/** A Chromium of the test's own, and a witness: a second CDP connection that sees what the page holds. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as playwright from "playwright-core";
import WebSocket from "ws";
import { awaiting } from "./awaited.js";
import { processesNaming, waitUntilGone } from "./processTable.js";

/** A headless Chromium that no session of ours started. */
export interface OwnBrowser {
  /** Of what was started; where the browser is started by a shell script, that script's. */
  readonly pid: number;
  readonly port: number;
  /** The full `ws://127.0.0.1:<port>/devtools/browser/<id>`. */
  readonly endpoint: string;
  /** Its user data folder. */
  readonly profile: string;
  close: () => Promise<void>;
}

/** Path of a browser to start: `LIBRETTO_CHROMIUM`, a headless shell, a full Chromium, or Playwright's own. */
export function chromiumPath(kind: "any" | "full" = "any"): string {
  const shells = ["/usr/bin/chromium-headless-shell"];
  const full = [
    "/usr/bin/google-chrome",
    "/usr/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  ];
  const own = (
    createRequire(join(process.cwd(), "package.json"))("playwright-core") as typeof playwright
  ).chromium.executablePath();
  const found = [process.env["LIBRETTO_CHROMIUM"], ...(kind === "any" ? shells : []), own, ...full].find(
    (path) => path !== undefined && path !== "" && existsSync(path),
  );
  if (found === undefined)
    throw new Error("No Chromium for the test was found; `node scripts/ensure.mjs` installs one.");
  return found;
}

/** Starts a browser with a debugging port and waits until it answers there. */
export async function startBrowser(
  url = "about:blank",
  flags: string[] = [],
  program = chromiumPath(),
): Promise<OwnBrowser> {
  const profile = mkdtempSync(join(process.env["LIBRETTO_TEST_FOLDER"] ?? tmpdir(), "own-browser-"));
  const args = [
    "--headless",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  // Chromium refuses to start as root with its sandbox.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  const child = spawn(program, [...args, ...flags, url], {
    stdio: "ignore",
    detached: process.platform !== "win32",
  });
  const [port, path] = await devToolsActivePort(profile, child);
  return {
    pid: child.pid ?? 0,
    port: Number(port),
    endpoint: `ws://127.0.0.1:${port}${path}`,
    profile,
    async close() {
      // Some distributions' browser is a shell script that waits for the browser: end the whole group.
      if (process.platform === "win32" || child.exitCode !== null || child.signalCode !== null) child.kill("SIGKILL");
      else process.kill(-(child.pid ?? 0), "SIGKILL");
      await waitUntilGone(() => processesNaming(profile));
      rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

/** Chromium writes the port that it got, and the path of its websocket, into that file of its profile. */
function devToolsActivePort(profile: string, child: ChildProcess): Promise<[string, string]> {
  const listening = new Promise<[string, string]>((resolve, reject) => {
    const look = (): void => {
      const path = join(profile, "DevToolsActivePort");
      const [port, endpoint] = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
      if (!port || !endpoint) return;
      watcher.close();
      resolve([port, endpoint]);
    };
    const watcher = watch(profile, look);
    child.once("exit", (status) => {
      watcher.close();
      reject(new Error(`The test's own browser ended with ${status} before it listened.`));
    });
    look();
  });
  return awaiting(() => "the port of the test's own browser", listening);
}

/** What the browser says where a page went to another document while something was asked of the one before. */
const documentIsGone = /^(?:Inspected target navigated or closed|Execution context was destroyed|Cannot find )/;

interface TargetInfo {
  targetId: string;
  type: string;
  url: string;
  title: string;
}

/**
 * Runs in pages that count their events: whether one is the browser's own. A headless Chromium has its mouse at 0, 0 and
 * tells a page so once, at any moment after it was loaded, and again where it has something else there.
 */
export const saysWhereMouseIs =
  "((event) => /^(mouse|pointer)(over|move)$/.test(event.type) && event.clientX === 0 && event.clientY === 0)";

/** Looks at, and acts on, a browser from outside: nothing of the program under test is asked. */
export class Witness implements Disposable {
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #sessions = new Map<string, string>();
  #nextId = 1;

  private constructor(
    private readonly socket: WebSocket,
    private readonly userGesture: boolean,
  ) {
    socket.on("message", (data: Buffer) => {
      const { id, result, error } = JSON.parse(data.toString("utf8")) as {
        id?: number;
        result?: unknown;
        error?: { message: string };
      };
      if (id === undefined) return;
      if (error) this.#pending.get(id)?.reject(new Error(error.message));
      else this.#pending.get(id)?.resolve(result);
      this.#pending.delete(id);
    });
    socket.on("close", () => {
      for (const { reject } of this.#pending.values()) reject(new Error("The browser has ended."));
    });
    socket.on("error", () => undefined);
  }

  /**
   * @param endpoint full websocket address, as in `state.json`'s `cdpEndpoint`
   * @param userGesture whether what it evaluates counts as done by a person, who may open windows
   */
  static connect(endpoint: string | null, userGesture = true): Promise<Witness> {
    return new Promise((resolve, reject) => {
      if (endpoint === null) return reject(new Error("There is no endpoint to connect to."));
      const socket = new WebSocket(endpoint, { perMessageDeflate: false });
      socket.once("error", reject);
      socket.once("open", () => {
        socket.off("error", reject);
        resolve(new Witness(socket, userGesture));
      });
    });
  }

  send<T = Record<string, unknown>>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = this.#nextId++;
    return awaiting(
      () => `the browser's answer to ${method} ${JSON.stringify(params).slice(0, 300)}`,
      new Promise<T>((resolve, reject) => {
        this.#pending.set(id, { resolve: (value) => resolve(value as T), reject });
        this.socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
      }),
    );
  }

  /** The open tabs. */
  async pages(): Promise<TargetInfo[]> {
    const { targetInfos } = await this.send<{ targetInfos: TargetInfo[] }>("Target.getTargets");
    return targetInfos.filter(({ type }) => type === "page");
  }

  /**
   * Value of an expression in a page (awaited if it is a promise).
   * @param page part of the page's address; the only or first page if left out
   */
  async evaluate<T = unknown>(expression: string, page = ""): Promise<T> {
    const { result, exceptionDetails } = await this.send<{
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>(
      "Runtime.evaluate",
      { expression, returnByValue: true, awaitPromise: true, userGesture: this.userGesture },
      await this.sessionOf(page),
    );
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Resolves with the expression's value once it is truthy in the page, which may go to another document meanwhile. */
  async until<T = unknown>(expression: string, page = "", withinMs = 30_000): Promise<T> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const value = await this.evaluate<T>(expression, page).catch((error: unknown) => {
        if (error instanceof Error && documentIsGone.test(error.message)) return undefined;
        throw error;
      });
      if (value) return value;
      if (Date.now() > deadline) throw new Error(`${expression} did not become true in the page.`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Resolves once the page itself has loaded: the empty document before it is `complete`, too. */
  async untilLoaded(page: string): Promise<void> {
    await this.until(`location.href.includes(${JSON.stringify(page)}) && document.readyState === 'complete'`, page);
  }

  /** Sends real input to the page, as a person's keyboard does. */
  async type(text: string, page = ""): Promise<void> {
    await this.send("Input.insertText", { text }, await this.sessionOf(page));
  }

  async openPage(url: string): Promise<string> {
    return (await this.send<{ targetId: string }>("Target.createTarget", { url })).targetId;
  }

  /** Closes a page and resolves when it is gone: the browser answers before, and lists it meanwhile. */
  async closePage(targetId: string): Promise<void> {
    await this.send("Target.closeTarget", { targetId });
    const deadline = Date.now() + 30_000;
    while ((await this.pages()).some((page) => page.targetId === targetId)) {
      if (Date.now() > deadline) throw new Error(`Page ${targetId} is still there.`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /**
   * The flat CDP session of a page whose address holds the text. It is waited for: while a page goes to another
   * address or is stopped on its way, the browser's list has that one, or has not the page at all.
   */
  async sessionOf(page: string, withinMs = 30_000): Promise<string> {
    const deadline = Date.now() + withinMs;
    let target: TargetInfo | undefined;
    while (!(target = (await this.pages()).find(({ url }) => url.includes(page)))) {
      if (Date.now() > deadline) throw new Error(`No page has ${JSON.stringify(page)} in its address.`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const known = this.#sessions.get(target.targetId);
    if (known !== undefined) return known;
    const { sessionId } = await this.send<{ sessionId: string }>("Target.attachToTarget", {
      targetId: target.targetId,
      flatten: true,
    });
    this.#sessions.set(target.targetId, sessionId);
    return sessionId;
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

/** Whether a browser answers on the port. */
export async function browserAnswers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/json/version`, { signal: AbortSignal.timeout(30_000) })).ok;
  } catch {
    return false;
  }
}
