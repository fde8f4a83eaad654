/** VS Code in a browser: code-server as the server, Chromium as the window. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { format, promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright";
import { environment, type Installation, type Prepared, type VscodeWindow } from "./launch.js";

type CodeServer = Extract<Installation, { kind: "code-server" }>;

interface Server {
  process: ChildProcess;
  origin: string;
  authority: string;
}

/**
 * A folder of extensions that holds the package, beside it: installing takes seconds, and the windows of a run only copy.
 * @param vsix path of the package
 */
async function installedFrom(vsix: string, installation: CodeServer, env: NodeJS.ProcessEnv): Promise<string> {
  const installed = `${vsix}.extensions`;
  if (existsSync(installed)) return installed;
  const fresh = await mkdtemp(`${installed}.`);
  await promisify(execFile)(
    installation.node,
    [installation.entry, "--user-data-dir", `${fresh}/data`, "--extensions-dir", `${fresh}/extensions`].concat([
      "--install-extension",
      vsix,
    ]),
    { env },
  );
  // Files of tests that run side by side may both come here: the first one's stays.
  await rename(`${fresh}/extensions`, installed).catch((thrown: unknown) => {
    if (!existsSync(installed)) throw thrown;
  });
  await rm(fresh, { recursive: true, force: true });
  return installed;
}

/** Starts the server and waits until it tells its address; the system picks the port. */
async function startServer(installation: CodeServer, prepared: Prepared): Promise<Server> {
  const folders = ["--user-data-dir", prepared.userData, "--extensions-dir", prepared.extensions];
  const env = environment({ ...prepared.env, CODE_SERVER_CONFIG: path.join(prepared.folder, "code-server.yaml") });
  if (prepared.vsix !== undefined)
    await cp(await installedFrom(prepared.vsix, installation, env), prepared.extensions, { recursive: true });

  const quiet = [
    "--disable-telemetry",
    "--disable-update-check",
    "--disable-getting-started-override",
    "--disable-proxy",
  ];
  const trust = prepared.trusted === false ? [] : ["--disable-workspace-trust"];
  const child = spawn(
    installation.node,
    [installation.entry, "--auth", "none", "--bind-addr", "127.0.0.1:0", ...folders, ...quiet, ...trust],
    {
      env,
      // A group of its own, so that ending it ends every process of this server and none of ours.
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  const origin = await new Promise<string>((resolve, reject) => {
    const read = (text: string): void => {
      output += text;
      const address = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output);
      if (address?.[1] !== undefined) resolve(address[1]);
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.once("exit", (status) =>
      reject(new Error(`code-server ended with ${status} before it listened:\n${output}`)),
    );
    child.once("error", reject);
  });
  return { process: child, origin, authority: new URL(origin).host };
}

async function stopServer(server: Server): Promise<void> {
  const { pid } = server.process;
  if (pid === undefined || server.process.exitCode !== null || server.process.signalCode !== null) return;
  const gone = once(server.process, "exit");
  if (process.platform === "win32")
    await promisify(execFile)("taskkill", ["/pid", String(pid), "/t", "/f"]).catch(() => undefined);
  else process.kill(-pid, "SIGKILL");
  await gone;
}

function launchBrowser(): Promise<Browser> {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((file) => existsSync(file));
  return chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

function addressOf(server: Server, prepared: Prepared, payload: [string, string][] = []): string {
  const address = new URL(server.origin);
  if (prepared.open === undefined) address.searchParams.set("ew", "true");
  else address.searchParams.set(prepared.open.endsWith(".code-workspace") ? "workspace" : "folder", prepared.open);
  if (payload.length > 0) address.searchParams.set("payload", JSON.stringify(payload));
  return address.href;
}

async function newPage(browser: Browser, prepared: Prepared): Promise<Page> {
  const context = await browser.newContext({ viewport: prepared.viewport ?? { width: 1280, height: 800 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  return context.newPage();
}

/** Opens a window of the workbench. */
export async function launchCodeServer(installation: CodeServer, prepared: Prepared): Promise<VscodeWindow> {
  const server = await startServer(installation, prepared);
  let browser: Browser | undefined;
  try {
    browser = await launchBrowser();
    const page = await newPage(browser, prepared);
    await page.goto(addressOf(server, prepared));
    await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
    const opened = browser;
    return {
      kind: "code-server",
      page,
      machineSettingsFile: prepared.remoteSettingsFile,
      extensionsFolder: prepared.extensions,
      pid: server.process.pid ?? 0,
      reload: async () => {
        await page.reload();
        await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
      },
      closeWindow: async () => {
        const closed = page.waitForEvent("close");
        await page.close({ runBeforeUnload: true });
        await closed;
      },
      close: async () => {
        await opened.close();
        await stopServer(server);
        await rm(prepared.folder, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (thrown) {
    await browser?.close();
    await stopServer(server);
    throw thrown;
  }
}

/** Runs in the page before the workbench: its configuration is read through this attribute. */
const smokeTestDriverOn = `{
  const original = Element.prototype.getAttribute;
  Element.prototype.getAttribute = function (name) {
    const value = original.call(this, name);
    if (this.id !== "vscode-workbench-web-configuration" || name !== "data-settings" || value === null) return value;
    return JSON.stringify({ ...JSON.parse(value), developmentOptions: { enableSmokeTestDriver: true } });
  };
}`;

/**
 * Runs a suite in the extension host by VS Code's own protocol for tests in a browser (what
 * `@vscode/test-web` speaks): the payload of the address names the suite, the page calls two exposed
 * functions with its console and its exit status. A built server obeys only with the smoke-test driver
 * on, which is an option in the page's configuration; it is put in while the workbench reads it.
 */
export async function runInCodeServer(
  installation: CodeServer,
  prepared: Prepared & { extension: string; suite: string },
): Promise<number> {
  const server = await startServer(installation, prepared);
  const browser = await launchBrowser();
  try {
    const page = await newPage(browser, prepared);
    await page.addInitScript({ content: smokeTestDriverOn });
    const exit = new Promise<number>((resolve, reject) => {
      void page.exposeFunction("codeAutomationExit", (code: number) => resolve(code));
      page.once("crash", () => reject(new Error("The window of VS Code crashed.")));
      server.process.once("exit", (status) => reject(new Error(`code-server ended with ${status} during the suite.`)));
    });
    exit.catch(() => undefined);
    await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => {
      const text = format(...args);
      if (text.startsWith("[test] ")) process.stdout.write(`${text.slice(7)}\n`);
      else if (process.env.LIBRETTO_DEBUG) process.stderr.write(`${text}\n`);
    });
    const remote = (file: string): string => `vscode-remote://${server.authority}${file}`;
    await page.goto(
      addressOf(server, prepared, [
        ["extensionDevelopmentPath", remote(prepared.extension)],
        ["extensionTestsPath", remote(prepared.suite)],
      ]),
    );
    const status = await exit;
    await page.screenshot({ path: path.join("test-results", "host-suite-end.png") }).catch(() => undefined);
    return status;
  } finally {
    await browser.close();
    server.process.removeAllListeners("exit");
    await stopServer(server);
  }
}
