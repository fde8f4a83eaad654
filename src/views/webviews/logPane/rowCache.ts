/** The rows that the page holds: those in sight and some around them. */
import { maxRowsAtOnce, type PaneRow } from "./protocol.js";

/** Rows that are kept at most. */
const maxKept = 4000;
/** Questions for rows that wait for their answer. */
const maxQuestions = 3;

/** Rows from `first` up to, not including, `end`. */
export interface Range {
  first: number;
  end: number;
}

export class RowCache {
  private readonly rows = new Map<number, PaneRow>();
  /** Rows that were asked for and cannot be read. */
  private readonly absent = new Set<number>();
  private asked: Range[] = [];

  get(index: number): PaneRow | undefined {
    return this.rows.get(index);
  }

  /** The index of the row with a number; -1 where it is not kept. */
  indexOf(ref: number): number {
    for (const [index, row] of this.rows) if (row.ref === ref) return index;
    return -1;
  }

  /** @param inSight rows that are not given up for others */
  keep(rows: readonly PaneRow[], inSight: Range): void {
    for (const row of rows) {
      this.rows.set(row.index, row);
      this.absent.delete(row.index);
    }
    if (this.rows.size <= maxKept) return;
    for (const index of this.rows.keys()) {
      if (this.rows.size <= maxKept / 2) break;
      if (index < inSight.first || index >= inSight.end) this.rows.delete(index);
    }
  }

  /** Rows that were asked for have come; those of the range that have not cannot be read. */
  answer({ first, end }: Range, rows: readonly PaneRow[], inSight: Range): void {
    this.asked = this.asked.filter((question) => question.first !== first || question.end !== end);
    this.keep(rows, inSight);
    for (let index = first; index < end; index++) if (!this.rows.has(index)) this.absent.add(index);
  }

  /** Forgets the rows from an index on: others stand there now. */
  forgetFrom(first: number): void {
    for (const index of this.rows.keys()) if (index >= first) this.rows.delete(index);
    this.absent.clear();
    this.asked = [];
  }

  /** What to ask for next, so that the rows of the range are here; few questions are open at once. */
  question({ first, end }: Range): Range | undefined {
    if (this.asked.length >= maxQuestions) return undefined;
    const missing = (index: number): boolean =>
      !this.rows.has(index) &&
      !this.absent.has(index) &&
      !this.asked.some((question) => index >= question.first && index < question.end);
    let from = first;
    while (from < end && !missing(from)) from++;
    if (from >= end) return undefined;
    let to = Math.min(end, from + maxRowsAtOnce);
    while (to > from && !missing(to - 1)) to--;
    const question = { first: from, end: to };
    this.asked.push(question);
    return question;
  }
}
