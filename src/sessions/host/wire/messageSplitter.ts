/** Cuts a stream of bytes into its messages, each of which ends with a NUL. */
export class MessageSplitter {
  /** Pieces of a message whose end has not come. */
  readonly #pieces: Buffer[] = [];

  constructor(private readonly receive: (text: string) => void) {}

  add(piece: Buffer): void {
    let start = 0;
    for (let end = piece.indexOf(0); end >= 0; end = piece.indexOf(0, start)) {
      this.#pieces.push(piece.subarray(start, end));
      start = end + 1;
      // Joined once, however many pieces a screenshot came in.
      const text = (this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces))?.toString("utf8") ?? "";
      this.#pieces.length = 0;
      if (text !== "") this.receive(text);
    }
    if (start < piece.length) this.#pieces.push(piece.subarray(start));
  }
}
