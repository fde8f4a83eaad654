/** What a person types as the address of a page. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { usageError } from "../util/errors.js";

const schemes = ["http:", "https:", "file:", "about:", "data:", "chrome:", "edge:", "view-source:", "blob:"];

/**
 * The URL that is meant: as it stands, or `https://` put before a host (`http://` before a local one), or a
 * file that exists.
 * @param cwd where a relative path starts
 * @throws `Usage` for what cannot be an address
 */
export function toUrl(text: string, cwd: string): string {
  const typed = text.trim();
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|[\w-]+\.localhost)(:\d+)?([/?#]|$)/i.test(typed);
  if (local) return parse(`http://${typed}`, text).href;
  if (/^[a-z][a-z0-9+.-]*:/i.test(typed) && !/^[\w.-]+:\d+([/?#]|$)/.test(typed)) {
    const url = parse(typed, text);
    if (!schemes.includes(url.protocol)) throw notAnAddress(text);
    return url.href;
  }
  if (typed !== "" && existsSync(resolve(cwd, typed))) return pathToFileURL(resolve(cwd, typed)).href;
  if (/^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)+\.?(:\d+)?([/?#]|$)/u.test(typed))
    return parse(`https://${typed}`, text).href;
  throw notAnAddress(text);
}

function parse(url: string, typed: string): URL {
  try {
    return new URL(url);
  } catch {
    throw notAnAddress(typed);
  }
}

function notAnAddress(text: string): Error {
  return usageError(
    `${JSON.stringify(text)} is not an address.`,
    "Give a URL such as https://example.com, a host, or the path of a file.",
  );
}
