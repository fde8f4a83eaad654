// MCP programs that others wrote, for tests and figures of `libretto mcp`: the protocol's conformance suite, clients,
// servers. They are installed from the npm registry into a cache folder, as they are too many to be the project's own.
// `node scripts/mcpPackages.mjs clients` (or `servers`) installs what is missing and prints where it is, as JSON.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root, run, say } from "./ensure.mjs";

const windows = process.platform === "win32";
const shared = resolve(root, process.env.LIBRETTO_VSCODE_CACHE ?? ".vscode-test");
const cache = join(shared, "mcp-packages");

/** What is wanted for what; each set is a folder of its own. */
const sets = {
  clients: {
    "@modelcontextprotocol/conformance": "0.2.0-alpha.12",
    "@modelcontextprotocol/inspector": "2.12.0",
    "@ai-sdk/mcp": "1.0.102",
    mcporter: "0.12.3",
  },
  servers: { "@playwright/mcp": "0.0.83", "chrome-devtools-mcp": "1.11.0" },
};
/** The Node.js that the clients ask for. */
const nodeMajor = 24;

/**
 * Installs a set unless it is there.
 * @param {"clients" | "servers"} set
 * @returns {Promise<string | undefined>} its `node_modules`; undefined where it cannot be had
 */
async function ensureMcpPackages(set) {
  const wanted = sets[set];
  const folder = join(cache, set);
  const modules = join(folder, "node_modules");
  if (Object.entries(wanted).every(([name, version]) => versionOf(join(modules, name)) === version)) return modules;
  say(`Installing ${Object.keys(wanted).join(", ")} into ${folder} …`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: wanted }));
  return (await npmInstall(folder)) ? modules : undefined;
}

/** Path of a Node.js that is new enough for the clients: this one, or one from the npm registry; undefined where there is none. */
async function ensureNewNode() {
  if (Number(process.versions.node.split(".")[0]) >= nodeMajor) return process.execPath;
  const name = `node-${windows ? "win" : process.platform}-${process.arch}`;
  const folder = join(cache, `node-${nodeMajor}`);
  const nodeOf = (place) => join(place, "node_modules", name, "bin", windows ? "node.exe" : "node");
  // code-server of the window's tests came with one.
  const found = [folder, ...codeServers()].map(nodeOf).find((path) => existsSync(path));
  if (found !== undefined) return found;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, dependencies: { [name]: `${nodeMajor}` } }),
  );
  return (await npmInstall(folder)) && existsSync(nodeOf(folder)) ? nodeOf(folder) : undefined;
}

function codeServers() {
  try {
    return readdirSync(shared)
      .filter((name) => name.startsWith("code-server-"))
      .map((name) => join(shared, name));
  } catch {
    return [];
  }
}

async function npmInstall(folder) {
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const status = await run(windows ? "npm.cmd" : "npm", args, { cwd: folder, shell: windows });
  if (status !== 0) say("npm could not install them.");
  return status === 0;
}

function versionOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const set = process.argv[2] === "servers" ? "servers" : "clients";
  const modules = await ensureMcpPackages(set);
  const node = set === "clients" && modules !== undefined ? await ensureNewNode() : undefined;
  console.log(JSON.stringify({ modules, node }));
}
