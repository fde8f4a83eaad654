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
  snapshot: ["read-only", "write-access"],
  "readonly-exec": ["read-only", "write-access"],
  "session-mode": ["read-only", "write-access"],
  logs: ["read-only", "write-access"],
  export: ["read-only", "write-access"],
  close: ["read-only", "write-access"],
  resume: ["read-only", "write-access"],
  stop: ["read-only", "write-access"],
  save: ["read-only", "write-access"],
  exec: ["write-access"],
  // Of another workflow in a session that is open; the one with which a session was opened runs in any mode.
  run: ["write-access"],
} as const satisfies Record<string, readonly AccessMode[]>;

/** A command that addresses one live session. */
export type SessionCommand = keyof typeof allowedIn;

/** Whether the command works in that mode. */
export function isAllowed(command: SessionCommand, mode: AccessMode): boolean {
  return (allowedIn[command] as readonly AccessMode[]).includes(mode);
}

/** The refusal of a command by the mode (S12): names the session, its mode and the command that unlocks it. */
export function refusal(command: SessionCommand, session: string, mode: AccessMode): LibrettoError {
  return new LibrettoError(
    "RefusedByMode",
    `${command} is refused: session "${session}" is ${mode}.`,
    `Read with \`libretto readonly-exec --session ${session} <code>\`, or unlock it: \`libretto session-mode write-access --session ${session}\`.`,
  );
}

/** The words shown to people for a mode: `RO` and `RW`, never a colour alone. */
export function modeBadge(mode: AccessMode): "RO" | "RW" {
  return mode === "read-only" ? "RO" : "RW";
}
