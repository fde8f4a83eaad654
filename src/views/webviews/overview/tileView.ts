/** One session of the overview: its picture, and what is known of it in words. */
import { element } from "../element.js";
import { icon } from "../icons.js";
import { drawJpeg } from "../jpeg.js";
import type { OverviewStrings, Tile } from "./protocol.js";

export class TileView {
  readonly element = element("li", "tile");
  readonly button = document.createElement("button");
  readonly #canvas = document.createElement("canvas");
  readonly #picture = element("span", "picture", this.#canvas);
  readonly #away = element("span", "away");
  readonly #name = element("span", "name");
  readonly #mode = element("span", "mode");
  readonly #words = element("span", "words");
  readonly #page = element("span", "page");
  readonly #drives = element("span", "drives");

  constructor(
    id: string,
    private readonly strings: OverviewStrings,
    open: () => void,
  ) {
    this.element.dataset["id"] = id;
    this.#canvas.setAttribute("aria-hidden", "true");
    this.#picture.append(this.#away, element("span", "blur-hint", strings.blurred));
    this.button.type = "button";
    this.button.append(
      this.#picture,
      element("span", "head", this.#name, this.#mode),
      this.#page,
      this.#words,
      this.#drives,
    );
    this.button.addEventListener("click", open);
    this.element.append(this.button);
  }

  get pictureSize(): { width: number; height: number } {
    return { width: this.#picture.clientWidth, height: this.#picture.clientHeight };
  }

  show({ name, mode, words, title, address, drives, away, blurred }: Tile): void {
    this.element.dataset["mode"] = mode;
    this.element.classList.toggle("blurred", blurred);
    this.#name.textContent = name;
    const isWritable = mode === "write-access";
    const said = isWritable ? this.strings.writeAccess : this.strings.readOnly;
    this.#mode.replaceChildren(icon(isWritable ? "pencil" : "lock"), said);
    this.#words.textContent = words;
    this.#page.textContent = [title, address].filter(Boolean).join(" · ");
    this.#page.title = address;
    this.#drives.textContent = drives;
    this.#away.textContent = away;
    this.#away.hidden = away === "";
    this.#canvas.hidden = away !== "";
    this.button.setAttribute(
      "aria-label",
      [name, said, words, title, address, drives, away].filter(Boolean).join(", "),
    );
  }

  draw(data: ArrayBuffer): Promise<void> {
    return drawJpeg(this.#canvas, data);
  }
}
