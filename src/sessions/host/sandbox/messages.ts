/**
 * What crosses the pipe between the host and the interpreter's process: one JSON message a line. What the
 * code itself says or hears travels inside as text (`payload`), so that it can never form a message of its own.
 */

/** Starts a run. One run at a time; the process prepares a fresh interpreter after each. */
export interface RunMessage {
  run: {
    code: string;
    /** The session's `state`: a JSON object. */
    state: string;
    /** The process ends itself when the run takes longer by its own clock; it is the net for a host that died. */
    lifetimeMs: number;
    /** Most bytes of console text and result together. */
    outputBytes: number;
    /** Most calls and timers that may be unanswered at one time. */
    pendingCalls: number;
  };
}
/** The answer to a call: `payload` is JSON of a `Reply`. */
export interface ReplyMessage {
  reply: number;
  payload: string;
}
/** To the interpreter's process. */
export type ToInterpreter = RunMessage | ReplyMessage;

/** The content of a `ReplyMessage`. An absent value is `undefined`. */
export type Reply = { value?: unknown } | { error: { name: string; message: string } };

/** The code asks for a read: `payload` is JSON of a `Call`. */
export interface CallMessage {
  call: number;
  payload: string;
}
/** What the interpreter's objects send. Nothing of it is believed. */
export interface Call {
  method: string;
  args: unknown[];
  /** The locator that is read. */
  on?: unknown;
}
/** The code no longer waits for a call (a timer that was cleared). */
export interface CancelMessage {
  cancel: number;
}
export const consoleLevels = ["log", "info", "warn", "error", "debug"] as const;
export interface ConsoleLine {
  console: (typeof consoleLevels)[number];
  text: string;
}
/** What a text on the console counts for the limit on output: a line costs something also when it is empty. */
export function printedBytes(text: string): number {
  return Math.max(64, Buffer.byteLength(text, "utf8") + 1);
}
/** What the interpreter asks of the languages that its process knows. `locales` and `options` are as the code gave them, as JSON. */
export interface LocaleQuestion {
  of: "number" | "bigint" | "toLocaleString" | "toLocaleDateString" | "toLocaleTimeString" | "order";
  /** A number, a time in ms, or a text. */
  value: string;
  /** What the text is compared with. */
  other?: string;
  locales?: unknown;
  options?: unknown;
}
/** The code tried what it may not. */
export interface DeniedMessage {
  denied: string;
}

/** How a run ended. */
export interface EndMessage {
  end: Outcome;
  state?: StateChange;
  /** Bytes that the interpreter holds. */
  memory: number;
}
/** A limit that ends a run and that only the interpreter's process can see. */
export const innerLimits = ["memory", "output", "calls"] as const;
export type Outcome =
  | { kind: "undefined" | "string" | "json"; text: string }
  /** Thrown by the code, or wrong with it. `position` and `excerpt` are of the user's text. */
  | { thrown: Thrown }
  | { limit: (typeof innerLimits)[number] };
export interface Thrown {
  name: string;
  message: string;
  position?: { line: number; column: number };
  excerpt?: string;
}
/** What the run did to `state`, by top-level key; values are JSON texts. */
export interface StateChange {
  set: Record<string, string>;
  removed: string[];
}

/** From the interpreter's process. `ready` comes once, when it can take a run. */
export type FromInterpreter = { ready: true } | CallMessage | CancelMessage | ConsoleLine | DeniedMessage | EndMessage;
