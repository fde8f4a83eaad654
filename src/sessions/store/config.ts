/** `.libretto/config.json` (SPEC section C): read whole, checked whole, before anything is opened. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import type { ParseError } from "jsonc-parser";
import type { z } from "zod/mini";
import type { configSchema } from "./configSchema.js";
import { decodeText } from "../util/text.js";
import { LibrettoError, systemCode } from "../util/errors.js";
import { isObeyed, notYours } from "../util/ownership.js";
import type { Workspace } from "./workspace.js";

/** The settings of a workspace, as they stand in its file. */
export type Config = z.infer<typeof configSchema>;

/** Of the file; the README says what each means. */
export const configKeys = [
  "version",
  "sessionMode",
  "viewport",
  "headless",
  "sealed",
  "executablePath",
  "channel",
  "idleTimeoutMinutes",
  "leaseMinutes",
  "redact",
  "bodyLimitBytes",
  "rotateBytes",
  "film",
  "grid",
  "readonlyExec",
] as const;
const gridKeys = ["url", "capabilities", "queueTimeoutMs"];
const readonlyExecKeys = ["timeoutMs", "memoryBytes", "outputBytes", "pendingCalls"];

/** An interpreter may hold so much whatever the config says: a lower `readonlyExec.memoryBytes` is raised to it. */
export const leastMemoryBytes = 16 * 1024 * 1024;

/** What holds where neither a flag, the environment, VS Code nor the file says otherwise. */
export const defaults = {
  sessionMode: "write-access",
  viewport: { width: 1280, height: 720 },
  leaseMinutes: 30,
  redact: true,
  bodyLimitBytes: 64 * 1024,
  rotateBytes: 256 * 1024 * 1024,
  film: false,
  grid: { queueTimeoutMs: 300_000, idleTimeoutMinutes: 30 },
  readonlyExec: {
    timeoutMs: 30_000,
    memoryBytes: 256 * 1024 * 1024,
    outputBytes: 10 * 1024 * 1024,
    pendingCalls: 10_000,
  },
} as const;

/**
 * Reads the file; an absent one is an empty one.
 * @returns the settings, and a line for each key that is not known
 * @throws `BrokenConfig` with file, line and what was expected; `Failed` where the file is another user's
 */
export async function readConfig(workspace: Workspace): Promise<{ config: Config; warnings: string[] }> {
  let text: string;
  try {
    text = readObeyed(workspace.config);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return { config: { version: 1 }, warnings: [] };
    if (error instanceof LibrettoError) throw error;
    throw brokenConfig(workspace.config, undefined, (error as Error).message);
  }
  // The parser that knows positions is loaded only to say where a mistake is.
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw await syntaxError(workspace.config, text);
  }
  // Most workspaces have no file; checking one is loaded for those that do.
  const { configSchema } = await import("./configSchema.js");
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path ?? [];
    throw brokenConfig(
      workspace.config,
      await lineOf(text, path),
      `${path.length > 0 ? `${path.join(".")}: ` : ""}${expectation(path, issue?.message)}`,
    );
  }
  const unknown = [
    ...Object.keys(parsed.data).filter((key) => !(configKeys as readonly string[]).includes(key)),
    ...Object.keys(parsed.data.grid ?? {})
      .filter((key) => !gridKeys.includes(key))
      .map((key) => `grid.${key}`),
    ...Object.keys(parsed.data.readonlyExec ?? {})
      .filter((key) => !readonlyExecKeys.includes(key))
      .map((key) => `readonlyExec.${key}`),
  ];
  const warnings = await Promise.all(
    unknown.map(
      async (key) =>
        `${workspace.config}:${await lineOf(text, key.split("."))}: the key "${key}" is not known and has no effect.`,
    ),
  );
  return { config: parsed.data, warnings };
}

/**
 * What a file weakens, in lines for people: it may have come with a repository, and nobody may have read it.
 * @param used what a flag, the environment or VS Code says instead weakens nothing
 */
export function weakenings(
  workspace: Workspace,
  config: Config,
  used: { executablePath: boolean; grid: boolean },
): string[] {
  const lines = [
    config.redact === false ? 'secrets are not masked in its logs ("redact": false)' : undefined,
    used.executablePath && config.executablePath !== undefined
      ? `its browser is the program ${config.executablePath} ("executablePath")`
      : undefined,
    used.grid && config.grid?.url !== undefined
      ? `its browser runs on another machine, by the Grid at ${config.grid.url.replace(/\/\/[^/@]*@/, "//")} ("grid")`
      : undefined,
  ];
  return lines.flatMap((line) => (line === undefined ? [] : [`${workspace.config} weakens the session: ${line}.`]));
}

/** @throws `Failed` where the file is another user's */
function readObeyed(path: string): string {
  const handle = openSync(path, "r");
  try {
    const stat = fstatSync(handle);
    if (!isObeyed(stat)) throw notYours(path, stat);
    return decodeText(readFileSync(handle));
  } finally {
    closeSync(handle);
  }
}

/** What a key takes, in words; zod's own message where there is nothing better. */
function expectation(path: readonly PropertyKey[], message: string | undefined): string {
  switch (path.join(".")) {
    case "":
      return 'expected an object such as { "version": 1 }';
    case "version":
      return "expected 1";
    case "sessionMode":
      return 'expected "read-only" or "write-access"';
    case "channel":
      return 'expected "chrome", "msedge", "chromium" or "headless-shell"';
    case "viewport":
    case "viewport.width":
    case "viewport.height":
      return 'expected { "width": <pixels>, "height": <pixels> }';
    case "headless":
    case "sealed":
    case "redact":
    case "film":
      return "expected true or false";
    case "grid":
      return 'expected { "url": <address of a Selenium Grid> }';
    case "grid.url":
      return "expected the address of a Selenium Grid";
    case "grid.capabilities":
      return "expected an object of WebDriver capabilities";
    case "executablePath":
      return "expected the path of a browser";
    default:
      return message === undefined || message === "Invalid input" ? "expected a number above 0" : message;
  }
}

async function syntaxError(file: string, text: string): Promise<LibrettoError> {
  const { parse, printParseErrorCode } = await import("jsonc-parser");
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const at = errors[0];
  const what = at
    ? printParseErrorCode(at.error)
        .replace(/([a-z])([A-Z])/g, "$1 $2")
        .toLowerCase()
    : "not JSON";
  return brokenConfig(
    file,
    at ? lineAt(text, at.offset) : 1,
    `${what}; expected JSON such as { "version": 1, "sessionMode": "read-only" }`,
  );
}

async function lineOf(text: string, path: readonly PropertyKey[]): Promise<number> {
  const { findNodeAtLocation, parseTree } = await import("jsonc-parser");
  const tree = parseTree(text);
  // A key that is missing has no place of its own; what should hold it has.
  let node = tree;
  for (let length = path.length; tree && length > 0; length--) {
    const found = findNodeAtLocation(tree, path.slice(0, length) as (string | number)[]);
    if (!found) continue;
    node = found;
    break;
  }
  return node ? lineAt(text, node.offset) : 1;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function brokenConfig(file: string, line: number | undefined, what: string): LibrettoError {
  return new LibrettoError(
    "BrokenConfig",
    `${file}${line === undefined ? "" : `:${line}`}: ${what}.`,
    "Mend the file, or remove it to use the defaults; nothing was opened.",
  );
}
