/**
 * Whether the files from which this host runs are still there: it loads its workers and the rarer half of itself when
 * they are needed, and an update of the package or of the extension takes them away or puts others in their place.
 */
import { statSync } from "node:fs";
import { join } from "node:path";

export class OwnFiles {
  readonly #first: string;

  /** @param program one of them, which each build writes */
  constructor(private readonly program = join(__dirname, "host.js")) {
    this.#first = this.#look();
  }

  /** Whether they are gone, or another build's. */
  get areReplaced(): boolean {
    return this.#look() !== this.#first;
  }

  #look(): string {
    const stat = statSync(this.program, { throwIfNoEntry: false, bigint: true });
    return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
  }
}

/** Whether one version comes after another, by their numbers: `0.10.1` after `0.9.3`. */
export function isLater(one: string, other: string): boolean {
  const numbers = (version: string): number[] => version.split(/[.+-]/).slice(0, 3).map(Number);
  const [a, b] = [numbers(one), numbers(other)];
  const first = a.findIndex((number, index) => number !== b[index]);
  return first >= 0 && (a[first] ?? 0) > (b[first] ?? 0);
}
