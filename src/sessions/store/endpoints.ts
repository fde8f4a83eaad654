/**
 * Addresses of remote browsers that hold a key, for the host that follows one that died: each in a file of the user's
 * alone, beside the index, which others are shown. An address without a key is nowhere but in the record.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { shownEndpoint } from "../model/endpoint.js";
import type { Environment } from "../util/environment.js";
import { makePrivateFolder } from "../util/ownership.js";
import { replaceFile } from "../util/replaceFile.js";
import { userStateFolder } from "./workspace.js";

function fileOf(env: Environment, id: string): string {
  return join(userStateFolder(env), "endpoints", id);
}

/**
 * Keeps the address of a session's browser where it holds a key.
 * @param id as of the session's entry in the index
 * @returns the address as it may be written down elsewhere
 */
export function keepEndpoint(env: Environment, id: string, endpoint: string): string {
  const shown = shownEndpoint(endpoint);
  if (shown === endpoint) return endpoint;
  makePrivateFolder(join(userStateFolder(env), "endpoints"));
  replaceFile(fileOf(env, id), endpoint);
  return shown;
}

/** The address that was kept; where none was, the one on record is the whole of it. */
export function keptEndpoint(env: Environment, id: string, recorded: string): string {
  try {
    const kept = readFileSync(fileOf(env, id), "utf8");
    return shownEndpoint(kept) === recorded ? kept : recorded;
  } catch {
    return recorded;
  }
}

/** Hands the address on from one entry of the index to the one of the next host. */
export function handOnEndpoint(env: Environment, from: string, to: string, recorded: string | null): void {
  if (recorded !== null) keepEndpoint(env, to, keptEndpoint(env, from, recorded));
}

export function forgetEndpoint(env: Environment, id: string): void {
  rmSync(fileOf(env, id), { force: true });
}
