/** `save`: keeps a login of a session as a profile that `open` and `run` load. */
import { hostOf, type SessionsContext } from "./context.js";
import { resolve } from "node:path";
import { assertFileName } from "../model/names.js";
import { assertProfileName, isStatePath, parseSites } from "../store/profiles.js";
import type { SaveResult } from "../ipc/protocol.js";

export interface SaveOptions {
  /** A name, or the path of a file that is written in Playwright's own format. */
  profile: string;
  /** Where a relative path begins. */
  cwd?: string | undefined;
  session?: string | undefined;
  /** Host names, separated by commas; their subdomains belong to them. */
  sites: string;
  /** Id of the page whose browser context is meant; the most recently active one if left out. */
  page?: string | undefined;
}

/** @throws `Usage`, `NoSuchSession`, `Failed` where the browser keeps nothing of the sites */
export async function save(
  context: SessionsContext,
  { profile, session, sites, page, cwd = process.cwd() }: SaveOptions,
): Promise<SaveResult> {
  const isPath = isStatePath(profile);
  if (isPath) assertFileName(profile);
  else assertProfileName(profile);
  const wanted = parseSites(sites);
  const host = await hostOf(context, session);
  return host.request("save", {
    profile: isPath ? resolve(cwd, profile) : profile,
    sites: wanted,
    ...(page === undefined ? {} : { page }),
  });
}
