/** `console`: each call is one line (or more) of text to the person who waits. */
import { send } from "./bridge.js";
import { inspect, printf } from "./inspect.js";
import { performance } from "./timers.js";

type Level = "log" | "info" | "warn" | "error" | "debug";

let indent = "";
const counts = new Map<string, number>();
const timers = new Map<string, number>();

function say(level: Level, args: unknown[]): void {
  const text = printf(args);
  send(
    "console",
    level,
    indent === ""
      ? text
      : text
          .split("\n")
          .map((line) => indent + line)
          .join("\n"),
  );
}

const sayAt =
  (level: Level) =>
  (...args: unknown[]): void =>
    say(level, args);

function elapsed(label: string): string {
  return `${label}: ${(performance.now() - (timers.get(label) ?? performance.now())).toFixed(3)}ms`;
}

export const console = {
  log: sayAt("log"),
  info: sayAt("info"),
  warn: sayAt("warn"),
  error: sayAt("error"),
  debug: sayAt("debug"),
  trace: sayAt("debug"),
  dir: (value: unknown) => say("log", [inspect(value)]),
  table: (value: unknown) => say("log", [inspect(value)]),
  assert: (condition: unknown, ...args: unknown[]) => {
    if (!condition) say("error", args.length === 0 ? ["Assertion failed"] : ["Assertion failed:", ...args]);
  },
  count: (label = "default") => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    say("log", [`${label}: ${counts.get(label) ?? 0}`]);
  },
  countReset: (label = "default") => void counts.delete(label),
  time: (label = "default") => void timers.set(label, performance.now()),
  timeLog: (label = "default") => say("log", [elapsed(label)]),
  timeEnd: (label = "default") => {
    say("log", [elapsed(label)]);
    timers.delete(label);
  },
  group: (...args: unknown[]) => {
    if (args.length > 0) say("log", args);
    indent += "  ";
  },
  groupEnd: () => {
    indent = indent.slice(2);
  },
};
