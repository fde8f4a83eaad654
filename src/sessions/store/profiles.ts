/** Saved logins: cookies, localStorage and IndexedDB of some sites, as files of the user's alone in `.libretto/profiles`. */
import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { isSessionName, nameRule } from "../model/names.js";
import { LibrettoError, systemCode, usageError } from "../util/errors.js";
import { isOwn, makePrivateFolder } from "../util/ownership.js";
import { replaceFile } from "../util/replaceFile.js";
import { readTextFile } from "../util/text.js";
import type { Environment } from "../util/environment.js";
import { userStateFolder, type Workspace } from "./workspace.js";

/** Raised when a field changes its meaning. */
const profileVersion = 1;

/** A saved login, as its file holds it. */
export interface Profile {
  version: typeof profileVersion;
  name: string;
  /** ISO 8601. */
  savedAt: string;
  /** Host names; their subdomains belong to them. */
  sites: string[];
  /** As Playwright's `storageState` gives it and `setStorageState` takes it. */
  storageState: {
    cookies: { name: string; value: string; domain: string; path: string; expires: number }[];
    origins: { origin: string }[];
  };
}

/** One line of `profiles list`. */
export interface ProfileSummary {
  name: string;
  savedAt: string;
  sites: string[];
  cookies: number;
  origins: string[];
  path: string;
  /** Why it cannot be used; nothing else is then known of it. */
  problem?: string;
}

/** `<root>/.libretto/profiles` */
export function profilesFolder(workspace: Workspace): string {
  return join(workspace.folder, "profiles");
}

/** Refuses a name of which no path may be made. @throws `Usage` */
export function assertProfileName(name: string): void {
  if (!isSessionName(name))
    throw usageError(`${JSON.stringify(name)} is no name of a saved login.`, `${nameRule(name)}.`);
}

/** Host names as people type them: without scheme, path, port and leading dot. @throws `Usage` */
export function parseSites(text: string): string[] {
  const sites = text
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map((part) =>
      part
        .replace(/^[a-z]+:\/\//i, "")
        .replace(/[/:?#].*$/, "")
        .replace(/^(?:\*?\.)/, "")
        .toLowerCase(),
    );
  const wrong = sites.find(
    (site) =>
      !/^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)*[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?$/u.test(site),
  );
  if (sites.length === 0 || wrong !== undefined)
    throw usageError(
      wrong === undefined ? "No site was named." : `${JSON.stringify(wrong)} is no host name.`,
      "For example: --sites example.com,login.example.org",
    );
  return [...new Set(sites)];
}

/** Whether a host belongs to a site. A cookie's domain may begin with a dot. */
export function belongsTo(host: string, site: string): boolean {
  const name = host.replace(/^\./, "").toLowerCase();
  return name === site || name.endsWith(`.${site}`);
}

/** Whether the browser sends a cookie of that domain to a site, or to one below it: a leading dot means subdomains, too. */
export function isSentTo(domain: string, site: string): boolean {
  return belongsTo(domain, site) || (domain.startsWith(".") && belongsTo(site, domain.slice(1).toLowerCase()));
}

/** Whether that is no name but the path of a `.json` file in Playwright's own format (`storageState`). */
export function isStatePath(name: string): boolean {
  return /\.json$/i.test(name);
}

/** A file in Playwright's own format. @throws `Usage` where there is none, `Failed` for what is none */
export function readStorageState(path: string): Profile["storageState"] {
  try {
    const state = JSON.parse(readTextFile(path)) as Profile["storageState"];
    if (!Array.isArray(state.cookies) || !Array.isArray(state.origins))
      throw new Error("it holds no list of cookies and of origins");
    return { cookies: state.cookies, origins: state.origins };
  } catch (error) {
    if (systemCode(error) === "ENOENT")
      throw usageError(`There is no file ${path}.`, "Give the path of a storage state, as Playwright writes it.");
    throw new LibrettoError(
      "Failed",
      `${path} is no storage state of Playwright's: ${(error as Error).message}.`,
      "Write one with `context.storageState({ path })`, or `libretto save <path> --sites <site>`.",
      { cause: error },
    );
  }
}

/** Writes a file in Playwright's own format, for the user alone. */
export function writeStorageState(path: string, state: Profile["storageState"]): void {
  replaceFile(path, `${JSON.stringify(state, undefined, 2)}\n`);
}

/** The sites of which a storage state holds something. */
export function sitesOf({ cookies, origins }: Profile["storageState"]): string[] {
  const hosts = [
    ...cookies.map(({ domain }) => domain.replace(/^\./, "").toLowerCase()),
    ...origins.flatMap(({ origin }) => (URL.canParse(origin) ? [new URL(origin).hostname] : [])),
  ];
  return [...new Set(hosts)].sort();
}

/**
 * @param name of a saved login, or the absolute path of a storage state
 * @throws `Usage` where there is none, `Failed` where its file is broken
 */
export function readProfile(folder: string, name: string): Profile {
  if (isAbsolute(name)) {
    const storageState = readStorageState(name);
    return { version: profileVersion, name, savedAt: "", sites: sitesOf(storageState), storageState };
  }
  assertProfileName(name);
  try {
    const profile = JSON.parse(readTextFile(join(folder, `${name}.json`))) as Profile;
    if (
      profile.version !== profileVersion ||
      !Array.isArray(profile.sites) ||
      !Array.isArray(profile.storageState?.cookies) ||
      !Array.isArray(profile.storageState.origins)
    )
      throw new Error(`it is not of version ${profileVersion}`);
    return profile;
  } catch (error) {
    if (systemCode(error) === "ENOENT")
      throw usageError(
        `There is no saved login "${name}".`,
        `Log in by hand in a session, then: \`libretto save ${name} --session <session> --sites <site>\`.`,
      );
    throw new LibrettoError(
      "Failed",
      `The saved login "${name}" cannot be read: ${(error as Error).message}.`,
      `Save it again, or delete it: \`libretto profiles delete ${name}\`.`,
      { cause: error },
    );
  }
}

/**
 * Writes a profile whole or not at all, and notes in the user's own folder that it was saved here.
 * @returns its path
 */
export function writeProfile(
  folder: string,
  profile: Omit<Profile, "version">,
  env: Environment = process.env,
): string {
  makePrivateFolder(folder);
  const path = join(folder, `${profile.name}.json`);
  forgetSave(path, env);
  replaceFile(path, `${JSON.stringify({ version: profileVersion, ...profile }, undefined, 2)}\n`);
  const note = noteOfSave(path, env);
  makePrivateFolder(dirname(note));
  replaceFile(note, "");
  return path;
}

/**
 * The note that this user saved that very file. A repository that is checked out can hold logins too, in place of one's
 * own as well, and nobody is to be logged in as somebody else without having said so.
 */
function noteOfSave(path: string, env: Environment): string {
  const { dev, ino, birthtimeNs } = lstatSync(path, { bigint: true });
  return join(userStateFolder(env), "saved-logins", `${dev}-${ino}-${birthtimeNs}`);
}

function wasSavedHere(path: string, env: Environment): boolean {
  try {
    return isOwn(lstatSync(noteOfSave(path, env)));
  } catch {
    return false;
  }
}

function forgetSave(path: string, env: Environment): void {
  if (existsSync(path)) rmSync(noteOfSave(path, env), { force: true });
}

/** Every profile, by name; one that cannot be read hides no other. */
export function listProfiles(folder: string): ProfileSummary[] {
  const names = listNames(folder);
  return names.map((name) => {
    const path = join(folder, `${name}.json`);
    try {
      const { savedAt, sites, storageState } = readProfile(folder, name);
      return {
        name,
        savedAt,
        sites,
        cookies: storageState.cookies.length,
        origins: storageState.origins.map(({ origin }) => origin),
        path,
      };
    } catch (error) {
      return {
        name,
        savedAt: "",
        sites: [],
        cookies: 0,
        origins: [],
        path,
        problem: LibrettoError.from(error).message,
      };
    }
  });
}

/** @returns whether there was one */
export function deleteProfile(folder: string, name: string, env: Environment = process.env): boolean {
  assertProfileName(name);
  const known = listNames(folder).includes(name);
  if (known) forgetSave(join(folder, `${name}.json`), env);
  rmSync(join(folder, `${name}.json`), { force: true });
  return known;
}

/** A saved login that fits an address. */
export interface FoundProfile {
  name: string;
  /** Whether this user saved it here; one that came with the workspace is loaded only when it is named. */
  isOwn: boolean;
}

/** The newest profile of an address's site, one that this user saved before any other; undefined where there is none. */
export function profileForUrl(folder: string, url: string, env: Environment = process.env): FoundProfile | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, protocol } = new URL(url);
  if (!protocol.startsWith("http")) return undefined;
  const fitting = listProfiles(folder)
    .filter(({ sites }) => sites.some((site) => belongsTo(hostname, site)))
    .sort((a, b) => b.savedAt.localeCompare(a.savedAt));
  const own = fitting.find(({ path }) => wasSavedHere(path, env));
  const found = own ?? fitting[0];
  return found && { name: found.name, isOwn: own !== undefined };
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(".json"))
      .map((file) => file.slice(0, -".json".length))
      .filter(isSessionName)
      .sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
