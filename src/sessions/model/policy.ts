/**
 * The access table: which command works in which mode. It is the only place where this is decided; the
 * host enforces it, and clients read it to speak earlier and to grey out buttons (law 4).
 */
import { LibrettoError } from "../util/errors.js";

/** How a session may be used. */
export const accessModes = ["read-only", "write-access"] as const;
export type AccessMode = (typeof accessModes)[number];

/** Every command that addresses one live session, and the modes in which it works. */
const allowedIn = {
  status: ["read-only", "write-access"],
  pages: ["read-only", "write-access"],
  activate: ["read-only", "write-access"],
  snapshot: ["read-only", "write-access"],
  "readonly-exec": ["read-only", "write-access"],
  "session-mode": ["read-only", "write-access"],
  "request-access": ["read-only", "write-access"],
  logs: ["read-only", "write-access"],
  export: ["read-only", "write-access"],
  close: ["read-only", "write-access"],
  resume: ["read-only", "write-access"],
  stop: ["read-only", "write-access"],
  save: ["read-only", "write-access"],
  "live-view": ["read-only", "write-access"],
  pick: ["read-only", "write-access"],
  exec: ["write-access"],
  act: ["write-access"],
  // Mouse, keys and what else a person does to a page from the live view.
  input: ["write-access"],
  // Of another workflow in a session that is open; the one with which a session was opened runs in any mode.
  run: ["write-access"],
} as const satisfies Record<string, readonly AccessMode[]>;

/** A command that addresses one live session. */
export type SessionCommand = keyof typeof allowedIn;

/** Whether the command works in that mode. */
export function isAllowed(command: SessionCommand, mode: AccessMode): boolean {
  return (allowedIn[command] as readonly AccessMode[]).includes(mode);
}

/** Commands that only look: what they can reach in the host changes no page and no record, whatever is handed over. */
const reading: readonly SessionCommand[] = ["status", "pages", "snapshot", "readonly-exec", "logs"];

/** Whether the command changes nothing, in any mode: what a client may be told that it need not ask about. */
export function isReading(command: SessionCommand): boolean {
  return reading.includes(command);
}

/** What is refused by the mode, and of what session. */
export interface Refused {
  session: string;
  mode: AccessMode;
  /** Read-only for the life of the session. */
  locked?: boolean | undefined;
}

/**
 * The refusal of a command by the mode (S12): names the session and its mode, and what to do next: for a person the
 * command that unlocks it, for a program the one that asks a person.
 */
export function refusal(command: SessionCommand, { session, mode, locked }: Refused): LibrettoError {
  return new LibrettoError(
    "RefusedByMode",
    `${command} is refused: session "${session}" is ${locked ? "locked permanently" : mode}.`,
    ...nextStep(`Read with \`libretto readonly-exec --session ${session} <code>\``, { session, mode, locked }),
  );
}

/** What to do next about a mode that refuses something: the hint for a person, and that for a program. */
export function nextStep(instead: string, { session, locked }: Refused): [string, { askHint?: string }] {
  if (locked) return [`${instead}; nothing unlocks it: \`libretto close --session ${session}\` ends it.`, {}];
  return [
    `${instead}, or unlock it: \`libretto session-mode write-access --session ${session}\`.`,
    {
      askHint: `${instead}, or ask a person for write access: \`libretto request-access --session ${session} --reason "<why>"\`.`,
    },
  ];
}

/** The words shown to people for a mode: `RO` and `RW`, never a colour alone. */
export function modeBadge(mode: AccessMode): "RO" | "RW" {
  return mode === "read-only" ? "RO" : "RW";
}
