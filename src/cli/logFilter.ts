/** `--filter`, as several commands take it. */
import { usageError } from "../sessions/util/errors.js";
import { FilterError, parseFilter, type Filter } from "../sessions/logs/filter.js";
import type { OptionValues } from "./command.js";
import { text } from "./optionValues.js";

/** @throws `Usage` that points at the place in the expression */
export function filterOf(values: OptionValues): Filter | undefined {
  const source = text(values, "filter");
  if (source === undefined) return undefined;
  try {
    return parseFilter(source);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { offset, length } = error;
    const marked = `${source.slice(0, offset)}»${source.slice(offset, offset + length)}«${source.slice(offset + length)}`;
    throw usageError(
      `--filter cannot be read at character ${offset + 1}: ${error.message} ${marked}`,
      `Expected ${error.expected}.`,
    );
  }
}
