/** A line on the terminal that tells how long something has been running, below what is printed meanwhile. */
import { writeAll } from "./output.js";

export class ProgressLine {
  #timer: NodeJS.Timeout | undefined;
  #shown = false;
  readonly #started = Date.now();

  /** @param text what runs; nothing is shown where standard error is no terminal */
  constructor(private text: string) {
    if (!process.stderr.isTTY) return;
    this.#timer = setInterval(() => this.#show(), 1_000);
    this.#timer.unref();
  }

  set(text: string): void {
    this.text = text;
    if (this.#shown) this.#show();
  }

  /** Prints something in place of the line, which comes back below it. */
  print(print: () => void): void {
    this.#hide();
    print();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#hide();
  }

  #show(): void {
    const seconds = Math.round((Date.now() - this.#started) / 1000);
    const line = `${this.text} · ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    // A terminal that nobody has sized says that it has no columns.
    writeAll(2, `\r\u001B[2K${line.slice(0, Math.max(10, (process.stderr.columns || 80) - 1))}`);
    this.#shown = true;
  }

  #hide(): void {
    if (this.#shown) writeAll(2, "\r\u001B[2K");
    this.#shown = false;
  }
}
