/** Takes a login out of a browser, and puts one into it. */
import type { BrowserContext } from "playwright-core";
import { LibrettoError } from "../../errors.js";
import { belongsTo, readProfile, writeProfile } from "../../profiles.js";

/**
 * Saves what the sites keep in the browser: cookies, and localStorage and IndexedDB of their open pages.
 * @throws `Failed` where the browser keeps nothing of them
 */
export async function saveLogin(context: BrowserContext, folder: string, name: string, sites: string[]): Promise<{ path: string; cookies: number; origins: string[] }> {
  const state = await context.storageState({ indexedDB: true });
  const isOurs = (host: string): boolean => sites.some((site) => belongsTo(host, site));
  const cookies = state.cookies.filter(({ domain }) => isOurs(domain));
  const origins = state.origins.filter(({ origin }) => isOurs(new URL(origin).hostname));
  if (cookies.length === 0 && origins.length === 0) throw new LibrettoError("Failed", `The browser keeps nothing of ${sites.join(", ")}.`, "Log in there first, and check --sites against the page's address.");
  const path = writeProfile(folder, { name, savedAt: new Date().toISOString(), sites, storageState: { cookies, origins } });
  return { path, cookies: cookies.length, origins: origins.map(({ origin }) => origin) };
}

/** Puts a saved login into the browser. What the browser kept of other sites stays. */
export async function loadLogin(context: BrowserContext, folder: string, name: string): Promise<void> {
  const { storageState } = readProfile(folder, name);
  await context.setStorageState(storageState as Exclude<Parameters<BrowserContext["setStorageState"]>[0], string>);
}
