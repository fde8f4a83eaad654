/** The rows of a view by their refs, which are numbers: four bytes a row. */
import { logKinds, type LogKind } from "./rows.js";

/** A ref: two bits for the log, one for "context", the rest for the number of the line. */
export const contextBit = 0x2000_0000;
export const numberMask = 0x1fff_ffff;
export const refOf = (kind: LogKind, number: number): number =>
  logKinds.indexOf(kind) * 0x4000_0000 + (number & numberMask);
export const kindOfRef = (ref: number): LogKind => logKinds[ref >>> 30] ?? "logs";

/** A list of refs that grows. */
export class RowList {
  private refs = new Uint32Array(1024);
  length = 0;

  push(ref: number): void {
    if (this.length === this.refs.length) {
      const longer = new Uint32Array(this.refs.length * 2);
      longer.set(this.refs);
      this.refs = longer;
    }
    this.refs[this.length++] = ref;
  }

  at(index: number): number {
    return this.refs[index] ?? 0;
  }

  set(index: number, ref: number): void {
    this.refs[index] = ref;
  }

  get memoryBytes(): number {
    return this.refs.byteLength;
  }
}
