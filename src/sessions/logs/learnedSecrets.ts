/** The values that a session was told are secret, in whatever form they turn up again. No Node imports: it runs anywhere. */
import { decodeCodes } from "./decodeCodes.js";
import { saidInWords } from "./decodeWords.js";
import { mask } from "./mask.js";
import { digitsOf, formsOf } from "./secretForms.js";
import { isSecretName } from "./secretNames.js";

/** Shorter values tell nothing, and are not learned. */
const shortestLearned = 3;
const maxLearned = 100;
/** How long the beginnings of a learned value are hidden, in ms: a page may send on each key what was typed so far. */
const beginningsMs = 30_000;
/** Different encodings on top of one another that are followed: JSON in an address in base64 has three. */
const maxLayers = 6;
/** All that is read of a text in all layers, as a multiple of its length. */
const maxRead = 8;

type Range = [start: number, end: number];

export class LearnedSecrets {
  private readonly forms = new Map<string, string[]>();
  /** All of them; null where it has to be put together again. */
  private learnedPattern: RegExp | null | undefined;
  /** Whether one of them holds a character that `btoa` encodes as another byte than UTF-8 has. */
  private hasLatin1 = false;
  /** What is a secret where it is the whole of a value, and until when, in ms since 1970. */
  private readonly whole = new Map<string, number>();

  /** Whether there is nothing to hide but what is the whole of a value. */
  get isEmpty(): boolean {
    return this.pattern() === undefined;
  }

  /**
   * From now on this value is masked wherever it appears, as it is or encoded: for what was typed into a password
   * field. One under 6 characters is masked where it stands alone: in quotes, or as the whole of a parameter, a field,
   * a member of JSON or a body. For half a minute, so is what it begins with.
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
    const forms = [...new Set([...this.forms.values()].flat())].sort((a, b) => b.length - a.length);
    this.learnedPattern = forms.length === 0 ? undefined : new RegExp(forms.join("|"), "g");
    this.hasLatin1 = [...this.forms.keys()].some((secret) => /[\u00a0-\u00ff]/.test(secret));
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
    return replaceRanges(text, this.find(pattern, text, { layers: maxLayers, left: maxRead * text.length }));
  }

  /**
   * Where a text, and what is encoded in it, holds one of them.
   * @param budget `left`: characters that may still be read
   * @param isNew whether what stands between those places was not read in another form already
   */
  private find(
    pattern: RegExp,
    text: string,
    budget: { layers: number; left: number },
    isNew: (start: number, end: number) => boolean = () => true,
  ): Range[] {
    budget.left -= text.length;
    const found = rangesOf(pattern, text);
    if (budget.layers === 0 || budget.left < 0) return found;
    budget.layers--;
    const decoded = decodeCodes(text);
    if (decoded) {
      const sourceOf = ([start, end]: Range): Range => [decoded.sourceOf(start), decoded.sourceOf(end)];
      const isChanged = (start: number, end: number): boolean => {
        const [from, to] = sourceOf([start, end]);
        return to - from !== end - start;
      };
      found.push(...this.find(pattern, decoded.text, budget, isChanged).map(sourceOf));
    }
    for (const said of saidInWords(text, this.hasLatin1, isNew))
      for (const [start, end] of this.find(pattern, said.text, budget)) found.push(said.rangeOf(start, end));
    budget.layers++;
    return found;
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

function rangesOf(pattern: RegExp, text: string): Range[] {
  const found: Range[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) found.push([match.index, pattern.lastIndex]);
  return found;
}

/** @param ranges in any order; they may overlap */
function replaceRanges(text: string, ranges: Range[]): string {
  if (ranges.length === 0) return text;
  ranges.sort((a, b) => a[0] - b[0]);
  let result = "";
  let copied = 0;
  let isMasked = false;
  for (const [start, end] of ranges) {
    if (start > copied || !isMasked) result += text.slice(copied, start) + mask;
    isMasked = true;
    copied = Math.max(copied, end);
  }
  return result + text.slice(copied);
}
