/** `profiles`: lists the saved logins of this workspace, deletes one, takes one from Playwright's own format and gives it back. */
import { basename } from "node:path";
import type { SessionsContext } from "./context.js";
import { usageError } from "../util/errors.js";
import {
  assertProfileName,
  deleteProfile,
  listProfiles,
  profilesFolder,
  readProfile,
  readStorageState,
  sitesOf,
  writeProfile,
  type Profile,
  type ProfileSummary,
} from "../store/profiles.js";

/** The saved logins, by name. What is secret in them is not read out. */
export function profiles(context: SessionsContext): ProfileSummary[] {
  return listProfiles(profilesFolder(context.workspace));
}

/** @throws `Usage` where there is none of that name */
export function removeProfile(context: SessionsContext, name: string): void {
  const folder = profilesFolder(context.workspace);
  if (deleteProfile(folder, name, context.env)) return;
  const known = listProfiles(folder).map((profile) => profile.name);
  throw usageError(
    `There is no saved login "${name}".`,
    known.length === 0 ? "None is saved in this workspace." : `There are: ${known.join(", ")}.`,
  );
}

export interface ImportedProfile {
  name: string;
  path: string;
  sites: string[];
  cookies: number;
}

/**
 * Makes a saved login of a storage state, as Playwright writes it.
 * @param file absolute path
 * @param name that of the file where it is left out; one of that name is replaced
 * @throws `Usage`, `Failed` for a file that is none
 */
export function importProfile(
  context: SessionsContext,
  file: string,
  name = basename(file).replace(/\.json$/i, ""),
): ImportedProfile {
  assertProfileName(name);
  const storageState = readStorageState(file);
  const sites = sitesOf(storageState);
  const path = writeProfile(profilesFolder(context.workspace), {
    name,
    savedAt: new Date().toISOString(),
    sites,
    storageState,
  });
  return { name, path, sites, cookies: storageState.cookies.length };
}

/** A saved login in Playwright's own format. @throws `Usage` where there is none of that name */
export function exportProfile(context: SessionsContext, name: string): Profile["storageState"] {
  assertProfileName(name);
  return readProfile(profilesFolder(context.workspace), name).storageState;
}
