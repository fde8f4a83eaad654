/** A Chromium of the test's own, attached to as the session host attaches to it: raw CDP, nothing else. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CdpConnection } from "../../../src/sessions/host/wire/cdp.js";
import { Targets } from "../../../src/sessions/host/wire/targets.js";
import { chromiumPath } from "../../support/browser.js";
import { connectCdp } from "../../support/wire.js";

export interface TestBrowser {
  endpoint: string;
  process: ChildProcess;
  /** Another connection with targets of its own, as a second host would have. */
  attach(): Promise<{ cdp: CdpConnection; targets: Targets }>;
  close(): Promise<void>;
}

/** Starts a browser with a profile of its own. `display` makes it visible there. */
export async function startBrowser(
  options: { display?: string; flags?: string[]; browser?: "any" | "full" } = {},
): Promise<TestBrowser> {
  const profile = await mkdtemp(join(process.env["LIBRETTO_TEST_FOLDER"] ?? tmpdir(), "recorder-"));
  const visible = options.display !== undefined;
  const args = [
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-sync",
    "--password-store=basic",
    "--use-mock-keychain",
    ...(visible
      ? ["--window-position=0,0", "--window-size=1200,900", "--disable-gpu"]
      : ["--headless", "--disable-gpu"]),
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ...(options.flags ?? []),
    "about:blank",
  ];
  // A group of its own, so that its helpers end with it.
  const child = spawn(chromiumPath(visible ? "full" : (options.browser ?? "any")), args, {
    stdio: "ignore",
    detached: true,
    env: { ...process.env, ...(options.display === undefined ? {} : { DISPLAY: options.display }) },
  });
  const ended = once(child, "exit");
  const connections: CdpConnection[] = [];
  try {
    const endpoint = await readEndpoint(join(profile, "DevToolsActivePort"), child);
    return {
      endpoint,
      process: child,
      attach: async () => {
        const cdp = await connectCdp(endpoint);
        connections.push(cdp);
        return { cdp, targets: new Targets(cdp) };
      },
      close: async () => {
        for (const cdp of connections) cdp.close();
        endGroup(child);
        await ended;
        await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
      },
    };
  } catch (error) {
    endGroup(child);
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    throw error;
  }
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

async function readEndpoint(file: string, child: ChildProcess): Promise<string> {
  for (let round = 0; round < 600 && child.exitCode === null; round++) {
    const [port, path] = (await readFile(file, "utf8").catch(() => "")).split("\n");
    if (port !== undefined && path !== undefined && path !== "") return `ws://127.0.0.1:${port}${path}`;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("The browser did not start.");
}
