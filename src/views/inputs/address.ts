/** Addresses as people type them, checked while they type. */
import { namedBrowsers } from "../../sessions/browser/runningBrowser.js";
import { toUrl } from "../../sessions/model/address.js";
import type { Translate } from "../tree/presentation.js";

/** What was typed, completed, or why it cannot be. */
export type CheckedAddress = { url: string } | { problem: string };

/** Completes the address of a page as the core does: `example.com` becomes `https://example.com/`. */
export function checkPageAddress(typed: string, folder: string, t: Translate): CheckedAddress {
  if (typed.trim() === "") return { problem: t("Type an address, such as https://example.com") };
  try {
    return { url: toUrl(typed, folder) };
  } catch {
    return {
      problem: t("{0} is not an address; type a URL, a host such as example.com, or the path of a file", typed.trim()),
    };
  }
}

/** Checks an address for `connect`: `http(s)://host:port` or `ws(s)://host:port`, with or without a path; a port alone is one of this machine; a browser's name; the path of a user data folder. */
export function checkEndpoint(typed: string, t: Translate): CheckedAddress {
  const text = typed.trim();
  const example = "ws://localhost:9222";
  if (text === "") return { problem: t("Type the address of a debugging port, such as {0}", example) };
  // What the core looks up: the user's own browser by name, and user data folders.
  if (namedBrowsers.some((name) => name === text.toLowerCase()) || /^(?:[a-z]:)?[\\/]|^~[\\/]/i.test(text))
    return { url: text };
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const whole = /^\d+$/.test(text) ? `http://127.0.0.1:${text}` : hasScheme ? text : `http://${text}`;
  if (!URL.canParse(whole)) return { problem: t("{0} is not an address", text) };
  if (!/^(https?|wss?):$/.test(new URL(whole).protocol))
    return { problem: t("Use http, https, ws or wss, such as {0}", example) };
  return { url: whole };
}
