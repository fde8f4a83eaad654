/**
 * What of the language depends on places and languages, which the interpreter does not know: dates, numbers and
 * the order of texts. Node's own answers, in the process around the interpreter: text in, text out.
 */
import type { LocaleQuestion } from "../messages.js";
import { send } from "./bridge.js";

function ask(question: LocaleQuestion): string | number {
  const answer = JSON.parse(send("locale", JSON.stringify(question))) as { value: string | number } | { error: string };
  if ("error" in answer) throw new RangeError(answer.error);
  return answer.value;
}

/** Puts them where the language has them. */
export function setUpLocales(): void {
  const define = (prototype: object, name: string, value: unknown): void =>
    void Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  define(Number.prototype, "toLocaleString", function (this: number, locales?: unknown, options?: unknown) {
    return ask({ of: "number", value: String(Number(this)), locales, options });
  });
  define(BigInt.prototype, "toLocaleString", function (this: bigint, locales?: unknown, options?: unknown) {
    return ask({ of: "bigint", value: String(this), locales, options });
  });
  for (const name of ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"] as const) {
    define(Date.prototype, name, function (this: Date, locales?: unknown, options?: unknown) {
      return ask({ of: name, value: String(this.getTime()), locales, options });
    });
  }
  define(
    String.prototype,
    "localeCompare",
    function (this: string, other: unknown, locales?: unknown, options?: unknown) {
      // Sorting asks often: the plain question goes as it is.
      if (locales === undefined && options === undefined) return Number(send("order", String(this), String(other)));
      return ask({ of: "order", value: String(this), other: String(other), locales, options });
    },
  );
}
