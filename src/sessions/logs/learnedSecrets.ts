/** The values that a session was told are secret, in whatever form they turn up again. No Node imports: it runs anywhere. */
import { mask } from "./mask.js";
import { decodeCodes, digitsOf, formsOf, type SecretForms } from "./secretForms.js";
import { isSecretName } from "./secretNames.js";

/** Shorter values tell nothing, and are not learned. */
const shortestLearned = 3;
const maxLearned = 100;
/** How long the beginnings of a learned value are hidden, in ms: a page may send on each key what was typed so far. */
const beginningsMs = 30_000;

export class LearnedSecrets {
  private readonly forms = new Map<string, SecretForms>();
  /** All of them; null where it has to be put together again. */
  private learnedPattern: RegExp | null | undefined;
  /** What is a secret where it is the whole of a value, and until when, in ms since 1970. */
  private readonly whole = new Map<string, number>();

  /** Whether there is nothing to hide but what is the whole of a value. */
  get isEmpty(): boolean {
    return this.pattern() === undefined;
  }

  /**
   * From now on this value is masked wherever it appears, plain, percent-encoded or escaped as in JSON: for
   * what was typed into a password field. One under 6 characters is masked where it stands alone: in quotes, or
   * as the whole of a parameter, a field, a member of JSON or a body. For half a minute, so is what it begins with.
   * @param instead what was learned while it was being typed: the beginning of a secret may be an everyday word
   */
  learn(secret: string, instead?: string): void {
    this.learnWhole(secret, instead);
    if (instead !== undefined) this.forms.delete(instead);
    // Who takes "password" for a password hides nothing, and pages would be unreadable without the word.
    const isWord = /^[a-z]+$/i.test(secret) && isSecretName(secret);
    if (secret.length >= shortestLearned && !isWord) {
      const forms = this.forms.get(secret) ?? formsOf(secret);
      // The newest last: the oldest is forgotten first.
      this.forms.delete(secret);
      this.forms.set(secret, forms);
    }
    while (this.forms.size > maxLearned) this.forms.delete(this.forms.keys().next().value ?? "");
    this.learnedPattern = null;
  }

  /** Put together when it is needed: a field may be learned from key by key. */
  private pattern(): RegExp | undefined {
    if (this.learnedPattern !== null) return this.learnedPattern;
    const forms = [...this.forms.values()];
    const sorted = (sources: string[]): string => [...new Set(sources)].sort((a, b) => b.length - a.length).join("|");
    const plain = sorted(forms.flatMap((form) => form.plain));
    const base64 = sorted(forms.flatMap((form) => form.base64));
    this.learnedPattern = plain === "" ? undefined : new RegExp(base64 === "" ? plain : `${plain}|(${base64})`, "g");
    return this.learnedPattern;
  }

  /** Whether the value as a whole is one of them, or begins one that is being typed. */
  isSecret(value: string): boolean {
    if (this.whole.size === 0) return false;
    const now = Date.now();
    if ((this.whole.get(value) ?? 0) >= now) return true;
    const digits = digitsOf(value);
    return digits !== undefined && (this.whole.get(digits) ?? 0) >= now;
  }

  /** The text with all of them masked. */
  hide(text: string): string {
    const pattern = this.pattern();
    if (!pattern) return text;
    const hidden = replaceRanges(text, rangesOf(pattern, text));
    const decoded = decodeCodes(hidden);
    if (!decoded) return hidden;
    const ranges = rangesOf(pattern, decoded.text);
    return replaceRanges(
      hidden,
      ranges.map(([start, end]) => [decoded.sourceOf(start), decoded.sourceOf(end)]),
    );
  }

  private learnWhole(secret: string, instead: string | undefined): void {
    const now = Date.now();
    for (const [value, until] of this.whole) if (until < now) this.whole.delete(value);
    if (instead !== undefined) this.whole.delete(instead);
    for (let length = shortestLearned; length < Math.min(secret.length, 100); length++) {
      const beginning = secret.slice(0, length);
      if ((this.whole.get(beginning) ?? 0) < Infinity) this.whole.set(beginning, now + beginningsMs);
    }
    if (secret.length >= shortestLearned) this.whole.set(secret, Infinity);
    const digits = digitsOf(secret);
    if (digits !== undefined) this.whole.set(digits, Infinity);
  }
}

/** Where a pattern matches. Its first group is a part of base64, of which the whole word counts. */
function rangesOf(pattern: RegExp, text: string): [start: number, end: number][] {
  const ranges: [start: number, end: number][] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    let start = match.index;
    let end = pattern.lastIndex;
    if (match[1] !== undefined) {
      // The characters at its borders hold a part of the secret, too.
      const from = ranges.at(-1)?.[1] ?? 0;
      while (start > from && /[\w+/-]/.test(text.charAt(start - 1))) start--;
      while (end < text.length && /[\w+/=-]/.test(text.charAt(end))) end++;
      pattern.lastIndex = end;
    }
    ranges.push([start, end]);
  }
  return ranges;
}

function replaceRanges(text: string, ranges: [start: number, end: number][]): string {
  if (ranges.length === 0) return text;
  let result = "";
  let copied = 0;
  for (const [start, end] of ranges) {
    result += text.slice(copied, start) + mask;
    copied = end;
  }
  return result + text.slice(copied);
}
