/** The overview's page: a small picture of each live session, a filter above them, and the messages to the extension host. */
import "./style.css";
import { element } from "../element.js";
import { fromTiles, matches } from "./filter.js";
import { toOverviewSchema, type FromOverview, type OverviewStrings, type Tile, type ToOverview } from "./protocol.js";
import { TileView } from "./tileView.js";

interface VsCodeApi {
  postMessage(message: FromOverview): void;
  setState(state: object): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const vscode = acquireVsCodeApi();
let overview: Overview | undefined;
// What is brought back after a reload is the overview itself.
vscode.setState({ version: 1 });

window.addEventListener("message", (event: MessageEvent<unknown>) => {
  const parsed = toOverviewSchema.safeParse(event.data);
  if (!parsed.success) {
    console.error("A message was not understood:", parsed.error.issues[0]);
    return;
  }
  const message = parsed.data;
  if (message.type === "init") overview = new Overview(message.strings);
  else overview?.receive(message);
});
vscode.postMessage({ type: "ready" });

class Overview {
  readonly #strings: OverviewStrings;
  readonly #filter = element("input", "filter");
  readonly #list = element("ul", "tiles");
  readonly #empty = element("p", "empty");
  readonly #tiles = new Map<string, TileView>();
  readonly #inSight = new Set<string>();
  #shown: Tile[] = [];
  #told = "";
  readonly #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const id = (target as HTMLElement).dataset["id"] ?? "";
      if (isIntersecting) this.#inSight.add(id);
      else this.#inSight.delete(id);
    }
    this.#tellSeen();
  });

  constructor(strings: OverviewStrings) {
    this.#strings = strings;
    this.#filter.type = "search";
    this.#filter.placeholder = strings.filter;
    this.#filter.setAttribute("aria-label", strings.filter);
    this.#filter.addEventListener("input", () => this.#draw());
    this.#list.setAttribute("aria-label", strings.heading);
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    this.#empty.setAttribute("role", "status");
    document.body.append(
      element("header", "", element("h1", "spoken", strings.heading), this.#filter),
      element("main", "", this.#list, this.#empty),
    );
    new ResizeObserver(() => this.#tellSeen()).observe(this.#list);
  }

  receive(message: Exclude<ToOverview, { type: "init" }>): void {
    if (message.type === "frame") {
      void this.#tiles
        .get(message.id)
        ?.draw(message.data)
        .finally(() => vscode.postMessage({ type: "shown", id: message.id, number: message.number }));
      return;
    }
    this.#shown = message.tiles;
    this.#draw();
  }

  #draw(): void {
    const wanted = new Set(this.#shown.map(({ id }) => id));
    for (const [id, tile] of this.#tiles) {
      if (wanted.has(id)) continue;
      this.#observer.unobserve(tile.element);
      this.#inSight.delete(id);
      tile.element.remove();
      this.#tiles.delete(id);
    }
    let before: Element | null = null;
    let count = 0;
    for (const one of this.#shown) {
      let tile = this.#tiles.get(one.id);
      if (!tile) {
        tile = new TileView(one.id, this.#strings, () => vscode.postMessage({ type: "open", id: one.id }));
        this.#tiles.set(one.id, tile);
        this.#observer.observe(tile.element);
      }
      tile.show(one);
      tile.element.hidden = !matches(one, this.#filter.value);
      if (!tile.element.hidden) count++;
      // What stands where it should is not moved: it may have the keyboard.
      const place: Element | null = before ? before.nextElementSibling : this.#list.firstElementChild;
      if (place !== tile.element) this.#list.insertBefore(tile.element, place);
      before = tile.element;
    }
    this.#empty.textContent = this.#shown.length === 0 ? this.#strings.none : count === 0 ? this.#strings.noMatch : "";
    this.#tellSeen();
  }

  /** Arrow keys go from picture to picture. */
  #key(event: KeyboardEvent): void {
    const tiles = [...this.#tiles.values()].filter((tile) => !tile.element.hidden);
    const at = tiles.findIndex(({ button }) => button === document.activeElement);
    if (at < 0) return;
    const columns = fromTiles(tiles.map(({ element: one }) => one.offsetTop));
    const moves: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - columns,
      ArrowDown: at + columns,
      Home: 0,
      End: tiles.length - 1,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    tiles[next]?.button.focus();
  }

  #tellSeen(): void {
    const ids = [...this.#inSight].filter((id) => this.#tiles.get(id)?.element.hidden === false).sort();
    const { width = 0, height = 0 } = this.#tiles.values().next().value?.pictureSize ?? {};
    const message: FromOverview = {
      type: "seen",
      ids,
      width: Math.ceil(width * devicePixelRatio),
      height: Math.ceil(height * devicePixelRatio),
    };
    const told = JSON.stringify(message);
    if (told === this.#told) return;
    this.#told = told;
    vscode.postMessage(message);
  }
}
