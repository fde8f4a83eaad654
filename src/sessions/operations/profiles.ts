/** `profiles`: lists the saved logins of this workspace, and deletes one. */
import type { SessionsContext } from "./context.js";
import { usageError } from "../util/errors.js";
import { deleteProfile, listProfiles, profilesFolder, type ProfileSummary } from "../store/profiles.js";

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
