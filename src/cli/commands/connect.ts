import { connect } from "../../sessions/operations/connect.js";
import {
  lockedOption,
  newSessionOption,
  readOnlyOption,
  timeoutOption,
  writeAccessOption,
  type Command,
} from "../command.js";
import { flag, modeOf, positiveInteger, positiveNumber, text, timeoutMs } from "../optionValues.js";
import { opened } from "./open.js";

export const command: Command = {
  usage: "<endpoint> [--session <name>] [--read-only | --write-access | --locked]",
  positionals: { min: 1, max: 1, names: "the address of a browser, such as ws://localhost:9222" },
  options: {
    session: newSessionOption,
    "read-only": readOnlyOption,
    "write-access": writeAccessOption,
    locked: lockedOption,
    timeout: timeoutOption,
    "idle-timeout": { type: "string", value: "minutes", help: "Let go of it when nobody has used it for so long." },
    "owner-pid": { type: "string", value: "pid", help: "Let go of it when that process ends." },
  },
  details: "The browser must run with --remote-debugging-port. Closing the session never ends it, nor its pages.",
  examples: [
    "libretto connect ws://localhost:9222 --read-only --session remote-diag",
    "libretto connect http://127.0.0.1:9222",
  ],
  async run({ context, positionals, values, interruption: { signal } }) {
    const [endpoint = ""] = positionals;
    const result = await connect(
      context,
      {
        endpoint,
        session: text(values, "session"),
        mode: modeOf(values),
        locked: flag(values, "locked"),
        timeoutMs: timeoutMs(values, "10000"),
        idleTimeoutMinutes: positiveNumber(values, "idle-timeout", "30"),
        ownerPid: positiveInteger(values, "owner-pid", "4321"),
      },
      signal,
    );
    return opened(result, "connected");
  },
};
