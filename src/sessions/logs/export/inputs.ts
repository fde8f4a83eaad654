/** What a script asks for: the site, and what is on no record because it was masked. */
import { isMasked } from "../mask.js";

export interface Input {
  name: string;
  /** In words, for the comment above it. */
  about: string;
  /** What was on record; undefined for what was masked. */
  value: string | undefined;
}

export class Inputs {
  readonly #inputs = new Map<string, Input>();
  readonly #origin: string | undefined;
  #count = 0;

  constructor(start: string | undefined) {
    this.#origin = start !== undefined && URL.canParse(start) ? new URL(start).origin : undefined;
    if (this.#origin !== undefined)
      this.#inputs.set("site", { name: "site", about: "Where the site is.", value: this.#origin });
  }

  get all(): Input[] {
    return [...this.#inputs.values()];
  }

  /** A number that was not given out before. */
  count(): number {
    return ++this.#count;
  }

  /** A text as code: itself, or an input where it was masked. @param about the field, as code or in words */
  text(value: string, about: string): string {
    return isMasked(value) ? this.#add(about, "It was masked on record.", undefined) : JSON.stringify(value);
  }

  /** The path of a file, which another machine has elsewhere. */
  file(names: string, about: string): string {
    return this.#add(about, `Path of the file to upload; it was ${JSON.stringify(names)}.`, undefined, "File");
  }

  /** An address as code: below the site where it lies there. */
  address(url: string): string {
    if (isMasked(url)) return this.#add("address", "An address that holds a secret.", undefined);
    if (this.#origin === undefined || !url.startsWith(`${this.#origin}/`)) return JSON.stringify(url);
    return `new URL(${JSON.stringify(url.slice(this.#origin.length))}, input.site).href`;
  }

  #add(about: string, comment: string, value: string | undefined, suffix = ""): string {
    const base = nameOf(about) + suffix;
    let name = base;
    for (let number = 2; this.#inputs.has(name); number++) name = `${base}${number}`;
    this.#inputs.set(name, { name, about: `${about.replace(/[\s*]+/g, " ")}: ${comment}`, value });
    return `input.${name}`;
  }
}

/** `getByLabel('Card number')` → `cardNumber` */
function nameOf(about: string): string {
  const quoted = [...about.matchAll(/(["'`])((?:\\.|(?!\1).)*)\1/g)].map(([, , text]) => text ?? "");
  const words = ((quoted.at(-1) ?? about).match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 5);
  const name = words
    .map((word, index) =>
      index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
    )
    .join("");
  return /^\p{L}/u.test(name) && name !== "site" ? name : `value${name}`;
}
