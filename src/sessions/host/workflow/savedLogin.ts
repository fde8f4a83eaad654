/** Takes a login out of a browser, and puts one into it. */
import type { BrowserContext, Cookie, Page } from "playwright-core";
import type { CdpConnection } from "../wire/cdp.js";
import { LibrettoError } from "../../util/errors.js";
import { isAbsolute } from "node:path";
import { belongsTo, isSentTo, readProfile, writeProfile, writeStorageState } from "../../store/profiles.js";
import { source as saveStorage } from "./page/saveStorage.ts?page";
import { source as restoreStorage } from "./page/restoreStorage.ts?page";

/** What an origin keeps, as `page/saveStorage.ts` tells it. */
interface KeptOrigin {
  origin: string;
  localStorage: unknown[];
  indexedDB: unknown[];
}

/** Where a login is saved from. */
export interface LoginSource {
  context: BrowserContext;
  /** All cookies of the browser context that is meant. */
  cookies: Cookie[];
  /**
   * Origins that the browser has been at: Playwright knows only of documents that came while it was attached, and it is
   * attached late.
   */
  visited: readonly string[];
  /** Opens an empty page behind the others, in the browser context that is meant. */
  newPage: () => Promise<Page>;
}

/**
 * Saves what the sites keep in the browser: cookies, and localStorage and IndexedDB of their origins.
 * @returns among others what was left out, such as a record that cannot be written, with its place and the reason
 * @throws `Failed` where the browser keeps nothing of them
 */
export async function saveLogin(
  { context, cookies: all, visited, newPage }: LoginSource,
  folder: string,
  name: string,
  sites: string[],
): Promise<{ path: string; cookies: number; origins: string[]; leftOut: string[] }> {
  const isOurs = (host: string): boolean => sites.some((site) => belongsTo(host, site));
  const framed = context
    .pages()
    .flatMap((page) => page.frames())
    .map((frame) => frame.url())
    .filter((url) => /^https?:/.test(url))
    .map((url) => new URL(url).origin);
  const origins: KeptOrigin[] = [];
  const leftOut: string[] = [];
  await atOrigins(
    context,
    newPage,
    [...new Set([...visited, ...framed])].filter((origin) => isOurs(new URL(origin).hostname)),
    async (page, origin) => {
      try {
        await page.evaluate(saveStorage);
        const { leftOut: left, ...kept } = JSON.parse(await page.evaluate<string>("saveStorage()")) as Omit<
          KeptOrigin,
          "origin"
        > & { leftOut: string[] };
        leftOut.push(...left.map((what) => `${origin}: ${what}`));
        if (kept.localStorage.length > 0 || kept.indexedDB.length > 0) origins.push({ origin, ...kept });
      } catch (error) {
        leftOut.push(`${origin}: its storage (${(error as Error).message.split("\n")[0] ?? ""})`);
      }
    },
  );
  const cookies = all.filter(({ domain }) => sites.some((site) => isSentTo(domain, site)));
  if (cookies.length === 0 && origins.length === 0)
    throw new LibrettoError(
      "Failed",
      `The browser keeps nothing of ${sites.join(", ")}.`,
      "Log in there first, and check --sites against the page's address.",
    );
  if (isAbsolute(name)) {
    writeStorageState(name, { cookies, origins });
    return { path: name, cookies: cookies.length, origins: origins.map(({ origin }) => origin), leftOut };
  }
  const path = writeProfile(folder, {
    name,
    savedAt: new Date().toISOString(),
    sites,
    storageState: { cookies, origins },
  });
  return { path, cookies: cookies.length, origins: origins.map(({ origin }) => origin), leftOut };
}

interface ProtocolCookie {
  name: string;
  value: string;
  domain: string;
  path: string;
  expires: number;
  httpOnly: boolean;
  secure: boolean;
  sameSite?: "Strict" | "Lax" | "None";
  partitionKey?: { topLevelSite: string };
}

/** The cookies of a browser context that another client made, as Playwright would tell them: it takes such a one's pages for the default context's. */
export async function cookiesOfContext(cdp: CdpConnection, browserContextId: string): Promise<Cookie[]> {
  const { cookies } = await cdp.send<{ cookies: ProtocolCookie[] }>("Storage.getCookies", { browserContextId });
  return cookies.map(({ name, value, domain, path, expires, httpOnly, secure, sameSite, partitionKey }) => ({
    name,
    value,
    domain,
    path,
    expires,
    httpOnly,
    secure,
    sameSite: sameSite ?? "Lax",
    ...(partitionKey === undefined ? {} : { partitionKey: partitionKey.topLevelSite }),
  }));
}

/**
 * Puts a saved login into the browser. What the browser keeps of other sites stays: it may be the user's own, and
 * Playwright's `setStorageState` would empty it.
 * @returns what of its storage this browser did not take; one record costs no other
 * @throws `Usage` where there is none of that name, `Failed` where the browser does not take it
 */
export async function loadLogin(context: BrowserContext, folder: string, name: string): Promise<string[]> {
  const leftOut: string[] = [];
  const { storageState, sites } = readProfile(folder, name);
  const now = Date.now() / 1000;
  // For the sites that it names alone, whatever else the file holds.
  const belongs = ({ domain }: { domain: unknown }): boolean => {
    // Playwright would take an address in its place.
    if (typeof domain !== "string") throw unusable(name, new Error("Cookie without a domain"));
    return sites.some((site) => isSentTo(domain, site));
  };
  const lasting = storageState.cookies.filter(
    (cookie) => belongs(cookie) && !(cookie.expires > 0 && cookie.expires <= now),
  );
  const isOurs = (origin: string): boolean =>
    URL.canParse(origin) && sites.some((site) => belongsTo(new URL(origin).hostname, site));
  const stored = new Map(
    storageState.origins.filter(({ origin }) => isOurs(origin)).map((kept) => [kept.origin, kept]),
  );
  try {
    if (lasting.length > 0) await context.addCookies(lasting);
    await atOrigins(
      context,
      () => context.newPage(),
      [...stored.keys()],
      async (page, origin) => {
        await page.evaluate(restoreStorage);
        const json = JSON.stringify(JSON.stringify(stored.get(origin)));
        const left = JSON.parse(await page.evaluate<string>(`restoreStorage(${json})`)) as string[];
        leftOut.push(...left.map((what) => `${origin}: ${what}`));
      },
    );
    return leftOut;
  } catch (error) {
    throw unusable(name, error);
  }
}

function unusable(name: string, error: unknown): LibrettoError {
  return new LibrettoError(
    "Failed",
    `The saved login "${name}" could not be restored into the browser: ${(error as Error).message.split("\n")[0] ?? ""}`,
    `Save it again, or delete it: \`libretto profiles delete ${name}\`.`,
    { cause: error },
  );
}

/** Does something in an empty page of each origin; nothing of the site itself is loaded or run. */
async function atOrigins(
  context: BrowserContext,
  newPage: () => Promise<Page>,
  origins: readonly string[],
  work: (page: Page, origin: string) => Promise<void>,
): Promise<void> {
  if (origins.length === 0) return;
  const page = await newPage();
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
