/** Reads option values, with errors that name the option. */
import { usageError } from "../sessions/util/errors.js";
import { parseDuration } from "../sessions/model/duration.js";
import type { AccessMode } from "../sessions/model/policy.js";
import { maxTimeoutMs } from "../sessions/ipc/protocol.js";
import type { OptionValues } from "./command.js";

export function text(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

export function flag(values: OptionValues, name: string): boolean {
  return values[name] === true;
}

/** A number above 0. @throws `Usage` */
export function positiveNumber(values: OptionValues, name: string, example: string): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(number > 0) || number > 2 ** 31)
    throw usageError(
      `--${name} takes a number above 0, not ${JSON.stringify(value)}.`,
      `For example: --${name} ${example}.`,
    );
  return number;
}

/** A whole number above 0. @throws `Usage` */
export function positiveInteger(values: OptionValues, name: string, example: string): number | undefined {
  const number = positiveNumber(values, name, example);
  if (number !== undefined && !Number.isInteger(number))
    throw usageError(`--${name} takes a whole number, not ${number}.`, `For example: --${name} ${example}.`);
  return number;
}

/** `--timeout`, in ms. @throws `Usage` */
export function timeoutMs(values: OptionValues, example: string): number | undefined {
  return milliseconds(values, "timeout", example);
}

/** A time of at most a day, in ms. @throws `Usage` */
export function milliseconds(values: OptionValues, name: string, example: string): number | undefined {
  const ms = positiveInteger(values, name, example);
  if (ms !== undefined && ms > maxTimeoutMs)
    throw usageError(
      `--${name} takes at most ${maxTimeoutMs} ms, a day, not ${ms}.`,
      `For example: --${name} ${example}.`,
    );
  return ms;
}

/** `--page`: an id of `libretto pages`, or the beginning of one. @throws `Usage` for what cannot be one */
export function pageId(values: OptionValues): string | undefined {
  const id = text(values, "page");
  if (id !== undefined && !/^\w{1,64}$/.test(id))
    throw usageError(
      `${JSON.stringify(id)} is not the id of a page.`,
      "Take one from `libretto pages`, or leave --page out for the most recently active page.",
    );
  return id;
}

/** A length of time such as `15m`, in ms. @throws `Usage` */
export function duration(values: OptionValues, name: string): number | undefined {
  const value = text(values, name);
  return value === undefined ? undefined : parseDuration(value, name);
}

/** `--sealed` and `--no-sealed`; undefined for neither. @throws `Usage` for both */
export function sealedOf(values: OptionValues): boolean | undefined {
  const [sealed, noSealed] = [flag(values, "sealed"), flag(values, "no-sealed")];
  if (sealed && noSealed) throw usageError("--sealed and --no-sealed exclude each other.", "Pass one of them.");
  return sealed ? true : noSealed ? false : undefined;
}

/** `--read-only`, `--write-access` and `--locked` (S9, S26). @throws `Usage` for what excludes each other */
export function modeOf(values: OptionValues): AccessMode | undefined {
  const readOnly = flag(values, "read-only");
  const writeAccess = flag(values, "write-access");
  if (readOnly && writeAccess)
    throw usageError("--read-only and --write-access exclude each other.", "Pass one of them.");
  if (writeAccess && flag(values, "locked"))
    throw usageError("--locked and --write-access exclude each other.", "Pass one of them.");
  return readOnly ? "read-only" : writeAccess ? "write-access" : undefined;
}
