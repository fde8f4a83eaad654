/**
 * Texts and values that nobody would write, drawn from a seed: `--seed` draws others, and LIBRETTO_FUZZ_SECONDS lets each
 * test draw for that long.
 */

const seconds = Number(process.env["LIBRETTO_FUZZ_SECONDS"] ?? 0);

/** How long a test that draws may take, in ms. */
export const fuzzTimeoutMs = 60_000 + 1.5 * 1_000 * seconds;

/** The numbers of the runs: so many, or, where LIBRETTO_FUZZ_SECONDS is set, as many as there is time for. */
export function* fuzzRuns(count: number): Generator<number, void, void> {
  const end = performance.now() + 1_000 * seconds;
  for (let run = 0; seconds > 0 ? performance.now() < end : run < count; run++) yield run;
}

const oddValues: unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 2,
  "",
  " ",
  "\u0000",
  "\ud800",
  "close",
  "error",
  "constructor",
  "__proto__",
  "x".repeat(5_000),
  [],
  {},
  [[[[[[]]]]]],
  { toString: "no", valueOf: 1, then: "x" },
];
const oddTexts = [
  "\u0000",
  "\ud800",
  "\\",
  '"',
  "'",
  "/",
  "(",
  ")",
  "[",
  "*",
  "+",
  "{",
  "}",
  ":",
  "-",
  ",",
  "..",
  "\n",
  "\r\n",
  "é",
  "🙂",
  "\\u",
  "1e999",
];

export class Fuzz {
  #state: number;

  constructor(readonly seed = Number(process.env["LIBRETTO_TEST_SEED"] ?? 20261126)) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below the bound. */
  below(bound: number): number {
    // A linear congruential generator with the constants of Numerical Recipes; its high bits are the good ones.
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * bound);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined && values.length === 0) throw new Error("There is nothing to pick from.");
    return value as T;
  }

  /** The value with one to four of its parts replaced, removed or added; the given one stays as it is. */
  value(given: unknown): unknown {
    let made = structuredClone(given);
    for (let times = 1 + this.below(4); times > 0; times--) made = this.#changed(made);
    return made;
  }

  /** The text with one to four of its pieces cut out, doubled, or replaced. */
  text(given: string): string {
    let made = given;
    for (let times = 1 + this.below(4); times > 0; times--) {
      const at = this.below(made.length + 1);
      const end = Math.min(made.length, at + this.below(8));
      const piece = made.slice(at, end);
      const instead = this.pick(["", piece + piece, this.pick(oddTexts), this.pick(oddTexts) + piece]);
      made = made.slice(0, at) + instead + made.slice(end);
    }
    return made;
  }

  #changed(value: unknown): unknown {
    if (typeof value !== "object" || value === null || this.below(6) === 0)
      return structuredClone(this.pick(oddValues));
    const holder = value as Record<string, unknown>;
    const key = this.pick([...Object.keys(holder), "constructor", "extra"]);
    if (this.below(4) === 0) delete holder[key];
    else if (Object.hasOwn(holder, key)) holder[key] = this.#changed(holder[key]);
    else
      Object.defineProperty(holder, key, {
        value: structuredClone(this.pick(oddValues)),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    return holder;
  }
}
