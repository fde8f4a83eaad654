/** Cuts a stream of bytes into its messages, each of which ends with one byte that stands nowhere else in it. */
export class MessageSplitter {
  /** Pieces of a message whose end has not come. */
  readonly #pieces: Buffer[] = [];
  #pending = 0;

  /**
   * @param receive called with each message as text, also with an empty one
   * @param terminator NUL, as on a browser's pipe; 10 where a message is a line
   */
  constructor(
    private readonly receive: (text: string) => void,
    private readonly terminator = 0,
  ) {}

  /** Bytes that have come of a message whose end has not. */
  get pendingBytes(): number {
    return this.#pending;
  }

  add(piece: Buffer): void {
    let start = 0;
    for (let end = piece.indexOf(this.terminator); end >= 0; end = piece.indexOf(this.terminator, start)) {
      this.#pieces.push(piece.subarray(start, end));
      start = end + 1;
      // Joined once, however many pieces a screenshot came in.
      const text = (this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces))?.toString("utf8") ?? "";
      this.#pieces.length = 0;
      this.#pending = 0;
      this.receive(text);
    }
    if (start === piece.length) return;
    this.#pieces.push(piece.subarray(start));
    this.#pending += piece.length - start;
  }
}
