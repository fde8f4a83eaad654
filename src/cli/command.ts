/** What a command of the CLI is: its words, and what it does with them. */
import type { Interruption } from "./interruption.js";
import type { SessionsContext } from "../sessions/operations/context.js";

/** An option as `node:util`'s `parseArgs` takes it, with what `--help` and shell completion say of it. */
export interface Option {
  type: "string" | "boolean";
  short?: string;
  multiple?: boolean;
  /** Its value may, as `-status:200` does. */
  mayBeginWithMinus?: boolean;
  /** Placeholder of the value in `--help`. */
  value?: string;
  help: string;
  /** Values that shell completion offers; `session` and `file` offer what is there. */
  complete?: "session" | "file" | readonly string[];
}

export type OptionValues = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** One call of a command. */
export interface Call {
  context: SessionsContext;
  positionals: string[];
  values: OptionValues;
  json: boolean;
  /** What `-` stands for, where it is not the process's own standard input. */
  input?: string;
  /** Ctrl-C. Requests to a host take it as it is; its `signal` is for what wants an `AbortSignal`. */
  interruption: Interruption;
}

/** What a command prints on success: text for people, or a value for `--json`. */
export interface Output {
  /** Without a trailing newline; nothing is printed where it is empty. */
  text: string;
  /** Undefined where there is nothing to print. */
  json: unknown;
  /** The exit status, where it is not 0. */
  exitStatus?: number;
}

export interface Command {
  /** The words after the command's name. */
  usage: string;
  options: Record<string, Option>;
  /** Least and most positional arguments, for an error that says what is missing. */
  positionals: { min: number; max: number; names: string; complete?: "session" | "file" | readonly string[] };
  /** Lines of `--help` between usage and options. */
  details?: string;
  examples: string[];
  /** @returns undefined where the command has printed what there is to print */
  run(call: Call): Promise<Output | undefined> | Output | undefined;
}

/** How a command is called, on one line. */
export const usageLine = (name: string, { usage }: Command): string => `Usage: libretto ${name} ${usage}`.trim();

/** Every command's. */
export const jsonOption: Option = { type: "boolean", help: "Print JSON for scripts." };
export const sessionOption: Option = {
  type: "string",
  short: "s",
  value: "name",
  help: "The session; the only live one where it is left out.",
  complete: "session",
};
export const newSessionOption: Option = {
  type: "string",
  short: "s",
  value: "name",
  help: "Name of the new session; made up where it is left out.",
  complete: "session",
};
export const readOnlyOption: Option = {
  type: "boolean",
  help: "Nothing that is run through Libretto can change the page.",
};
export const writeAccessOption: Option = {
  type: "boolean",
  help: "The session can be driven, whatever the config says.",
};
export const lockedOption: Option = {
  type: "boolean",
  help: "Read-only for the life of the session: nothing unlocks it.",
};
export const sealedOption: Option = {
  type: "boolean",
  help: "Without a debugging port: only the session's host can reach the browser.",
};
export const noSealedOption: Option = { type: "boolean", help: "With a debugging port, whatever the config says." };
export const pageOption: Option = {
  type: "string",
  short: "p",
  value: "id",
  help: "A page of `libretto pages`; the most recently active one where it is left out.",
};
export const gridOption: Option = {
  type: "string",
  value: "url",
  help: "Take the browser from that Selenium Grid; `none` for one of this machine.",
};
export const queueTimeoutOption: Option = {
  type: "string",
  value: "ms",
  help: "How long to wait for a free slot of the Grid (300000).",
};
export const timeoutOption: Option = {
  type: "string",
  short: "t",
  value: "ms",
  help: "Time allowed, in milliseconds.",
};
