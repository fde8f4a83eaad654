/** The address of a Selenium Grid, as a user gives it, and addresses on a Grid's node that mean something else here. */
import { usageError } from "../util/errors.js";

/**
 * `http(s)://host:port`, with a sub-path where the Grid has one, without a slash at its end.
 * @throws `Usage` for what is no such address, and for one that holds credentials
 */
export function parseGridUrl(text: string): string {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    url = undefined;
  }
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw usageError(
      `${JSON.stringify(text.replace(/\/\/[^/@]*@/, "//"))} is not the address of a Selenium Grid.`,
      "Give http://host:port, for example --grid http://localhost:4444.",
    );
  if (url.username !== "" || url.password !== "")
    throw usageError(
      "The address of the Grid holds a user name or password.",
      "Leave them out of it, and set LIBRETTO_GRID_AUTH=user:password, or LIBRETTO_GRID_AUTH_FILE to a file that holds them.",
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/**
 * Where the browser's websocket is, seen from here: a Grid names its own host, which may be known only inside its
 * network, and forgets the path below which a proxy serves it.
 * @param named the `se:cdp` of the Grid
 */
export function cdpAddress(gridUrl: string, named: string, sessionId: string): string {
  const path = /\/session\/.*$/.exec(named)?.[0] ?? `/session/${sessionId}/se/cdp`;
  return `${gridUrl.replace(/^http/, "ws")}${path}`;
}

/** What to tell of a page whose address means the machine of the node; undefined for any other. */
export function nodeAddressWarning(url: string): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  if (parsed.protocol === "file:") return "A file: address names a file of the Grid's node, not one of this machine.";
  if (/^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/i.test(parsed.hostname))
    return `${parsed.hostname} means the Grid's node, not this machine: give an address that the node can reach.`;
  return undefined;
}
