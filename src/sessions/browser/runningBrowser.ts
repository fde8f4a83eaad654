/** A browser that is already running, by the ways in which people name one (S31). */
import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { shownEndpoint } from "../model/endpoint.js";
import type { Environment } from "../util/environment.js";
import { LibrettoError, usageError } from "../util/errors.js";
import { isObeyed, notYours } from "../util/ownership.js";

/** Browsers that are known by name. */
export const namedBrowsers = ["chrome", "edge", "chromium"] as const;
type NamedBrowser = (typeof namedBrowsers)[number];

const titles: Record<NamedBrowser, string> = { chrome: "Chrome", edge: "Edge", chromium: "Chromium" };
/** The file in its user data folder into which a browser writes the port and the path of its websocket. */
const portFile = "DevToolsActivePort";

/**
 * The address that is meant by `chrome`, `edge` or `chromium`, by the path of a user data folder, by `9222` or by
 * `localhost:9222`; what is an address already is given back as it is.
 * @param cwd the folder of relative paths
 * @throws `Usage` for what names no browser, `EndpointUnreachable` where the browser named has no debugging port
 */
export function endpointOf(
  address: string,
  env: Environment,
  cwd: string,
  platform: NodeJS.Platform = process.platform,
): string {
  const name = namedBrowsers.find((one) => one === address.toLowerCase());
  if (name) return endpointOfName(name, env, platform);
  if (/^\d+$/.test(address)) {
    if (Number(address) < 1 || Number(address) > 65_535)
      throw usageError(`${address} is not a port.`, "A port is a number from 1 to 65535, such as 9222.");
    return `http://127.0.0.1:${address}`;
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return address;
  if (/^(?:\[[0-9a-f:.]+\]|[\w.-]+):\d+(?:\/|$)/i.test(address) && !/^[a-z]:[\\/]/i.test(address))
    return `http://${address}`;
  const folder = resolve(
    cwd,
    address.replace(/^~(?=[\\/]|$)/, () => homeOf(env)),
  );
  if (address !== "" && isFolder(folder)) {
    const found = readPort(folder);
    if (found !== undefined) return found;
    throw noPort(`The browser of ${folder} has no debugging port, or is not running: there is no ${portFile} in it.`);
  }
  if (isAbsolute(address) || /[\\/]/.test(address))
    throw usageError(
      `There is no folder ${folder}.`,
      "Give the browser's user data folder, which chrome://version calls the profile path, without its last part.",
    );
  throw usageError(
    `${JSON.stringify(shownEndpoint(address))} is not the address of a browser.`,
    "Give ws://localhost:9222, a port, chrome, edge or chromium, or the path of a user data folder.",
  );
}

function endpointOfName(name: NamedBrowser, env: Environment, platform: NodeJS.Platform): string {
  const folders = userDataFolders(name, env, platform);
  for (const folder of folders) {
    const found = isFolder(folder) ? readPort(folder) : undefined;
    if (found !== undefined) return found;
  }
  throw noPort(
    `${titles[name]} has no debugging port, or is not running: there is no ${portFile} in ${folders.join(" or ")}.`,
  );
}

function noPort(message: string): LibrettoError {
  return new LibrettoError(
    "EndpointUnreachable",
    message,
    "Allow it at chrome://inspect/#remote-debugging, or start the browser with --remote-debugging-port=9222 and a --user-data-dir of its own.",
  );
}

/** The browsers known by name that have a debugging port now, or had one when they ended. */
export function runningBrowsers(env: Environment, platform: NodeJS.Platform = process.platform): NamedBrowser[] {
  return namedBrowsers.filter((name) => {
    try {
      return endpointOfName(name, env, platform) !== "";
    } catch {
      return false;
    }
  });
}

/** Where the browser keeps its profiles unless told otherwise: chromium/docs/user_data_dir.md. */
function userDataFolders(name: NamedBrowser, env: Environment, platform: NodeJS.Platform): string[] {
  const home = homeOf(env);
  if (platform === "win32") {
    const local = env.LOCALAPPDATA ?? join(home, "AppData", "Local");
    const vendor = { chrome: "Google\\Chrome", edge: "Microsoft\\Edge", chromium: "Chromium" }[name];
    return [join(local, vendor, "User Data")];
  }
  if (platform === "darwin") {
    const vendor = { chrome: "Google/Chrome", edge: "Microsoft Edge", chromium: "Chromium" }[name];
    return [join(home, "Library", "Application Support", vendor)];
  }
  const config = env.XDG_CONFIG_HOME?.startsWith("/") ? env.XDG_CONFIG_HOME : join(home, ".config");
  const folder = { chrome: "google-chrome", edge: "microsoft-edge", chromium: "chromium" }[name];
  return [
    join(config, folder),
    // A snap has a home of its own.
    ...(name === "chromium" ? [join(home, "snap", "chromium", "common", "chromium")] : []),
  ];
}

function readPort(folder: string): string | undefined {
  const path = join(folder, portFile);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) return undefined;
  // Who may write it says where we connect to.
  if (!isObeyed(stat)) throw notYours(path, stat);
  const text = readFileSync(path, "utf8");
  const [port = "", websocket = ""] = text.split(/\r?\n/);
  if (!/^\d{1,5}$/.test(port) || !/^\/[\w/-]+$/.test(websocket)) return undefined;
  return `ws://127.0.0.1:${port}${websocket}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function homeOf(env: Environment): string {
  return env.HOME ?? env.USERPROFILE ?? "";
}
