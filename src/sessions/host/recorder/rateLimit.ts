/** Keeps a page that repeats itself from filling a log. */

const windowMs = 10_000;

/** Lets so many events of a kind through in ten seconds, and counts the rest. */
export class RateLimit {
  readonly #kinds = new Map<string, { since: number; passed: number; held: number }>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param most how many of a kind pass in ten seconds
   * @param tell told at the end of the ten seconds how many of a kind were held back
   */
  constructor(
    private readonly most: number,
    private readonly tell: (kind: string, held: number) => void,
  ) {}

  /** Whether this one may pass. */
  pass(kind: string): boolean {
    const now = Date.now();
    const entry = this.#kinds.get(kind) ?? { since: now, passed: 0, held: 0 };
    this.#kinds.set(kind, entry);
    this.#timer ??= setInterval(() => this.#turn(Date.now() - windowMs), windowMs / 4).unref();
    if (entry.passed < this.most) {
      entry.passed++;
      return true;
    }
    entry.held++;
    return false;
  }

  /** Tells what was held back up to now, and stops. */
  dispose(): void {
    this.#turn(Infinity);
    clearInterval(this.#timer);
  }

  #turn(before: number): void {
    for (const [kind, { since, held }] of this.#kinds) {
      if (since > before) continue;
      this.#kinds.delete(kind);
      if (held > 0) this.tell(kind, held);
    }
    if (this.#kinds.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
