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
  usage: "<browser> [--session <name>] [--read-only | --write-access | --locked]",
  positionals: {
    min: 1,
    max: 1,
    names: "the address of a running browser, such as ws://localhost:9222, or chrome",
    complete: ["chrome", "edge", "chromium"],
  },
  options: {
    session: newSessionOption,
    "read-only": readOnlyOption,
    "write-access": writeAccessOption,
    locked: lockedOption,
    timeout: timeoutOption,
    "idle-timeout": { type: "string", value: "minutes", help: "Disconnect after this long without use." },
    "owner-pid": { type: "string", value: "pid", help: "Disconnect when that process ends." },
  },
  details:
    "<browser> is the address of its debugging port (ws://host:port, http://host:port, host:port, or a port alone),\n" +
    "chrome, edge or chromium for one's own, or the path of a user data folder. It must run with\n" +
    "--remote-debugging-port, or with remote debugging allowed at chrome://inspect. Closing the session never ends it.",
  examples: [
    "libretto connect ws://localhost:9222 --read-only --session remote-diag",
    "libretto connect 9222",
    "libretto connect chrome --locked",
  ],
  async run({ context, positionals, values, interruption: { signal } }) {
    const [endpoint = ""] = positionals;
    const result = await connect(
      context,
      {
        endpoint,
        cwd: process.cwd(),
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
