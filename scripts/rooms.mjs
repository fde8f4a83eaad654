// The rooms of src: which folder may import which. One table, held by a lint rule (`rooms/imports`) and by
// test/unit/rooms.test.ts, which also forbids circles. Arrows run down the table, never up.
import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

const shared = ["model", "util"];
const belowOperations = ["ipc", "browser", "store", "process", "logs", ...shared];
const hostBase = ["host/wire", "ipc", "store", "browser", "process", "logs", ...shared];

/**
 * Each room of src/sessions, from the top of the house to its bottom, and the rooms that it may import.
 * A room that is not named here may not exist.
 * @type {Record<string, string[]>}
 */
export const rooms = {
  operations: belowOperations,
  "host/session": [
    "host/requests",
    "host/workflow",
    "host/exec",
    "host/reads",
    "host/recorder",
    "host/worker",
    "host/rpc",
    ...hostBase,
  ],
  "host/requests": [
    "host/workflow",
    "host/exec",
    "host/reads",
    "host/recorder",
    "host/worker",
    "host/rpc",
    ...hostBase,
  ],
  "host/workflow": ["host/exec", "host/recorder", "host/worker", "host/code", "host/rpc", ...hostBase],
  "host/exec": ["host/recorder", "host/worker", "host/code", "host/rpc", ...hostBase],
  "host/reads": ["host/sandbox", ...hostBase],
  "host/recorder": hostBase,
  "host/worker": ["host/code", ...hostBase],
  "host/sandbox": ["host/code", "util"],
  "host/code": ["util"],
  "host/wire": ["ipc", "model", "process", "store", "util"],
  "host/rpc": ["ipc", ...shared],
  ipc: ["browser", "store", "process", "logs", ...shared],
  browser: ["store", "process", ...shared],
  store: ["process", ...shared],
  process: shared,
  model: ["util"],
  logs: ["util"],
  util: [],
};

/** The room of a file below src/sessions, such as `host/wire`; undefined elsewhere. @param {string} file absolute or relative to the root */
export function roomOf(file) {
  const parts = /(?:^|\/)src\/sessions\/(.+)$/.exec(file.replaceAll("\\", "/"))?.[1]?.split("/");
  if (!parts || parts.length < 2) return parts && "";
  return parts[0] === "host" ? parts.slice(0, 2).join("/") : parts[0];
}

/** Why a file may not import another; undefined where it may. Both paths are of files below src/sessions. */
export function forbiddenImport(from, to) {
  const [room, other] = [roomOf(from), roomOf(to)];
  if (room === undefined || other === undefined || room === other) return undefined;
  const allowed = rooms[room];
  if (allowed === undefined)
    return `There is no room "${room}": put the file into one of scripts/rooms.mjs, or add the room there.`;
  return allowed.includes(other)
    ? undefined
    : `sessions/${room} may not import sessions/${other} (scripts/rooms.mjs says what it may).`;
}

/** @type {import("eslint").Linter.Plugin} */
export const roomsPlugin = {
  rules: {
    imports: {
      create(context) {
        const check = (node) => {
          const source = node.source;
          if (typeof source?.value !== "string" || !source.value.startsWith(".")) return;
          const [path] = source.value.split("?");
          const target = relative(context.cwd, resolve(dirname(context.filename), path));
          const reason = forbiddenImport(relative(context.cwd, context.filename), target);
          if (reason !== undefined) context.report({ node: source, message: reason });
        };
        return {
          ImportDeclaration: check,
          ImportExpression: check,
          ExportNamedDeclaration: check,
          ExportAllDeclaration: check,
        };
      },
    },
  },
};

/** The file that a relative import means. @returns {string | undefined} relative to the root, as `from` is */
export function resolveImport(from, specifier) {
  const [path] = specifier.split("?");
  const base = relative(".", resolve(dirname(from), path));
  return [base.replace(/\.js$/, ".ts"), base].find((file) => existsSync(file))?.replaceAll("\\", "/");
}
