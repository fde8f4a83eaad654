/** The bar above the picture: where the page is, how to move it, what the mode is, and what one can do with the view. */
import type { InputEvent } from "../../../sessions/ipc/liveProtocol.js";
import { element, fill } from "../element.js";
import { icon, iconButton, nameButton, wordButton } from "../icons.js";
import { pictureSizes, type FromView, type LiveViewStrings, type PictureSize, type ShownSession } from "./protocol.js";

export interface ToolbarParts {
  strings: LiveViewStrings;
  send: (message: FromView) => void;
  input: (events: InputEvent[]) => void;
  pick: (isOn: boolean) => void;
  resize(size: PictureSize): void;
}

export class Toolbar {
  readonly element = element("div", "toolbar");
  readonly #mode = element("span", "mode");
  readonly #back: HTMLButtonElement;
  readonly #forward: HTMLButtonElement;
  readonly #reload: HTMLButtonElement;
  readonly #address = element("input", "address");
  readonly #pin: HTMLButtonElement;
  readonly #pick: HTMLButtonElement;
  readonly #size = document.createElement("select");
  readonly #pages: HTMLButtonElement;
  readonly #snapshot: HTMLButtonElement;
  readonly #access: HTMLButtonElement;
  #session: ShownSession | undefined;

  constructor(
    private readonly parts: ToolbarParts,
    size: PictureSize,
  ) {
    const { strings, send, input, pick } = parts;
    this.element.setAttribute("role", "toolbar");
    this.element.setAttribute("aria-label", strings.toolbar);
    const go = (to: "back" | "forward" | "reload" | "stop") => (): void => input([{ type: "go", to }]);
    this.#back = iconButton("back", strings.back, go("back"));
    this.#forward = iconButton("forward", strings.forward, go("forward"));
    this.#reload = iconButton("reload", strings.reload, () => go(this.#session?.loading ? "stop" : "reload")());
    this.#address.type = "text";
    this.#address.spellcheck = false;
    this.#address.setAttribute("aria-label", strings.address);
    this.#address.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !this.#address.readOnly && this.#address.value.trim() !== "") {
        input([{ type: "open", url: this.#address.value.trim() }]);
        this.#address.blur();
      } else if (event.key === "Escape") this.#showAddress(true);
    });
    this.#address.addEventListener("blur", () => this.#showAddress(true));
    this.#pin = iconButton("pin", strings.follows, () =>
      send({ type: "pin", pinned: this.#pin.getAttribute("aria-pressed") !== "true" }),
    );
    this.#pick = iconButton("pick", strings.pick, () => pick(this.#pick.getAttribute("aria-pressed") !== "true"));
    this.#size.setAttribute("aria-label", strings.size);
    this.#size.title = strings.size;
    const names = { fit: strings.sizeFit, actual: strings.sizeActual, pixels: strings.sizePixels };
    this.#size.append(...pictureSizes.map((one) => new Option(names[one], one, false, one === size)));
    this.#size.addEventListener("change", () => {
      const chosen = pictureSizes.find((one) => one === this.#size.value);
      if (chosen) parts.resize(chosen);
    });
    this.#snapshot = iconButton("camera", strings.snapshot, () => send({ type: "do", what: "snapshot" }));
    this.#pages = iconButton("page", strings.pages, () => send({ type: "do", what: "pages" }));
    this.#access = wordButton("", () =>
      send({
        type: "do",
        what: this.#session?.mode === "write-access" ? "lock" : this.#session?.asks ? "review" : "grant",
      }),
    );
    this.element.append(
      this.#mode,
      this.#back,
      this.#forward,
      this.#reload,
      this.#address,
      this.#pick,
      this.#pin,
      this.#pages,
      this.#size,
      this.#snapshot,
      this.#access,
    );
    this.pinned(false);
    this.picking(false);
    this.show(undefined);
  }

  /** Takes the keyboard, when it leaves the page. */
  focus(): void {
    this.#pick.focus();
  }

  /** @param session undefined where there is no connection to it */
  show(session: ShownSession | undefined): void {
    this.#session = session;
    const { strings } = this.parts;
    const isWritable = session?.mode === "write-access";
    const hasPage = session !== undefined && session.page !== null;
    this.#mode.hidden = session === undefined;
    this.#mode.replaceChildren(
      icon(isWritable ? "pencil" : "lock"),
      isWritable ? strings.writeAccess : strings.readOnly,
    );
    this.#back.disabled = !isWritable || !session.canGoBack;
    this.#forward.disabled = !isWritable || !session.canGoForward;
    this.#reload.disabled = !isWritable || !hasPage;
    const isLoading = session?.loading === true;
    this.#reload.replaceChildren(icon(isLoading ? "stop" : "reload"));
    nameButton(this.#reload, isLoading ? strings.stop : strings.reload);
    this.#address.readOnly = !isWritable;
    this.#showAddress(false);
    this.#pick.disabled = this.#snapshot.disabled = !hasPage;
    this.#pages.disabled = session === undefined;
    this.#access.textContent = isWritable ? strings.lock : session?.asks ? strings.review : strings.grant;
    this.#access.hidden = session === undefined || session.locked;
  }

  pinned(isPinned: boolean): void {
    this.#pin.setAttribute("aria-pressed", String(isPinned));
    nameButton(this.#pin, isPinned ? this.parts.strings.pinned : this.parts.strings.follows);
  }

  picking(isOn: boolean): void {
    this.#pick.setAttribute("aria-pressed", String(isOn));
  }

  /** @param evenWhileTyped whether what somebody types there is dropped */
  #showAddress(evenWhileTyped: boolean): void {
    if (document.activeElement === this.#address && !this.#address.readOnly && !evenWhileTyped) return;
    this.#address.value = this.#session?.page?.url ?? "";
    this.#address.title = this.#address.value;
  }
}

/** The line below the picture: title, number of pages, what runs. */
export class StatusLine {
  readonly element = element("div", "status");
  readonly #title = element("span", "title");
  readonly #running = element("span", "running");

  constructor(private readonly strings: LiveViewStrings) {
    // Title and verbs change often: they are there to be read, and not called out.
    this.element.append(this.#title, this.#running);
  }

  /** @param session undefined where there is no connection to it */
  show(session: ShownSession | undefined): void {
    const { page, pageCount, loading, running } = session ?? {
      page: null,
      pageCount: 0,
      loading: false,
      running: null,
    };
    this.#title.textContent = page?.title ?? "";
    this.#running.textContent = [
      ...(pageCount > 1 ? [fill(this.strings.pageCount, String(pageCount))] : []),
      ...(loading ? [this.strings.loading] : []),
      ...(running === null ? [] : [fill(this.strings.running, running)]),
    ].join(" · ");
  }
}
