/** Takes a login out of a browser, and puts one into it. */
import type { BrowserContext, Page } from "playwright-core";
import { LibrettoError } from "../../util/errors.js";
import { isAbsolute } from "node:path";
import { belongsTo, isSentTo, readProfile, writeProfile, writeStorageState } from "../../store/profiles.js";
import { source as restoreStorage } from "./page/restoreStorage.ts?page";

/**
 * Saves what the sites keep in the browser: cookies, and localStorage and IndexedDB of their origins.
 * @param visited origins that the browser has been at: Playwright knows only of documents that came while it was
 * attached, and it is attached late
 * @throws `Failed` where the browser keeps nothing of them
 */
export async function saveLogin(
  context: BrowserContext,
  folder: string,
  name: string,
  sites: string[],
  visited: readonly string[],
): Promise<{ path: string; cookies: number; origins: string[] }> {
  const isOurs = (host: string): boolean => sites.some((site) => belongsTo(host, site));
  const framed = context
    .pages()
    .flatMap((page) => page.frames())
    .map((frame) => frame.url())
    .filter((url) => /^https?:/.test(url))
    .map((url) => new URL(url).origin);
  // Having been at an origin is all that Playwright needs.
  await atOrigins(
    context,
    [...new Set([...visited, ...framed])].filter((origin) => isOurs(new URL(origin).hostname)),
    () => Promise.resolve(),
  );
  const state = await context.storageState({ indexedDB: true });
  const cookies = state.cookies.filter(({ domain }) => sites.some((site) => isSentTo(domain, site)));
  const origins = state.origins.filter(({ origin }) => isOurs(new URL(origin).hostname));
  if (cookies.length === 0 && origins.length === 0)
    throw new LibrettoError(
      "Failed",
      `The browser keeps nothing of ${sites.join(", ")}.`,
      "Log in there first, and check --sites against the page's address.",
    );
  if (isAbsolute(name)) {
    writeStorageState(name, { cookies, origins });
    return { path: name, cookies: cookies.length, origins: origins.map(({ origin }) => origin) };
  }
  const path = writeProfile(folder, {
    name,
    savedAt: new Date().toISOString(),
    sites,
    storageState: { cookies, origins },
  });
  return { path, cookies: cookies.length, origins: origins.map(({ origin }) => origin) };
}

/**
 * Puts a saved login into the browser. What the browser keeps of other sites stays: it may be the user's own, and
 * Playwright's `setStorageState` would empty it.
 * @throws `Usage` where there is none of that name, `Failed` where the browser does not take it
 */
export async function loadLogin(context: BrowserContext, folder: string, name: string): Promise<void> {
  const { storageState } = readProfile(folder, name);
  const now = Date.now() / 1000;
  const lasting = storageState.cookies.filter(({ expires }) => !(expires > 0 && expires <= now));
  const stored = new Map(storageState.origins.map((kept) => [kept.origin, kept]));
  try {
    if (lasting.length > 0) await context.addCookies(lasting);
    await atOrigins(context, [...stored.keys()], async (page, origin) => {
      await page.evaluate(restoreStorage);
      await page.evaluate(`restoreStorage(${JSON.stringify(JSON.stringify(stored.get(origin)))})`);
    });
  } catch (error) {
    throw new LibrettoError(
      "Failed",
      `The saved login "${name}" could not be put into the browser: ${(error as Error).message.split("\n")[0] ?? ""}`,
      `Save it anew, or delete it: \`libretto profiles delete ${name}\`.`,
      { cause: error },
    );
  }
}

/** Does something in an empty page of each origin; nothing of the site itself is loaded or run. */
async function atOrigins(
  context: BrowserContext,
  origins: readonly string[],
  work: (page: Page, origin: string) => Promise<void>,
): Promise<void> {
  if (origins.length === 0) return;
  const page = await context.newPage();
  try {
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.setBypassServiceWorker", { bypass: true });
    await page.route("**/*", (route) => route.fulfill({ contentType: "text/html", body: "" }));
    for (const origin of origins) {
      await page.goto(origin);
      await work(page, origin);
    }
  } finally {
    await page.close();
  }
}
