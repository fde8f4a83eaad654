/** A live view's page: the picture, the bars around it, and the messages to the extension host. */
import "./style.css";
import type { InputEvent } from "../../../sessions/ipc/liveProtocol.js";
import { element } from "../element.js";
import { iconButton, wordButton } from "../icons.js";
import { DialogBox } from "./dialogBox.js";
import { PageInput } from "./pageInput.js";
import { Picker } from "./picker.js";
import { Picture } from "./picture.js";
import {
  toViewSchema,
  type FromView,
  type LiveViewState,
  type LiveViewStrings,
  type ShownSession,
  type ToView,
} from "./protocol.js";
import { StatusLine, Toolbar } from "./toolbar.js";

interface VsCodeApi {
  postMessage(message: FromView): void;
  setState(state: LiveViewState): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

type Init = Extract<ToView, { type: "init" }>;

/** The title of a page that was gone to is known after so long, in ms. */
const titleMs = 700;

const vscode = acquireVsCodeApi();
let view: View | undefined;

window.addEventListener("message", (event: MessageEvent<unknown>) => {
  const parsed = toViewSchema.safeParse(event.data);
  if (!parsed.success) {
    console.error("A message was not understood:", parsed.error.issues[0]);
    return;
  }
  const message = parsed.data;
  if (message.type === "init") view = new View(message);
  else view?.receive(message);
});
vscode.postMessage({ type: "ready" });

class View {
  readonly #strings: LiveViewStrings;
  readonly #picture: Picture;
  readonly #input: PageInput;
  readonly #picker: Picker;
  readonly #toolbar: Toolbar;
  readonly #status: StatusLine;
  readonly #dialog: DialogBox;
  /** Why there is no picture. */
  readonly #away = element("div", "away");
  readonly #notice = element("div", "notice");
  /** Read out to those who do not see the picture. */
  readonly #spoken = element("div", "spoken");
  #state: LiveViewState;
  #session: ShownSession | undefined;
  #shownDialog: Extract<ToView, { type: "dialog" }>["dialog"] = null;
  #isAway = false;
  #sayTimer: ReturnType<typeof setTimeout> | undefined;
  /** The address that was said because its title was not there. */
  #saidAddress: string | undefined;
  /** Whether it was said that nothing goes to the page, since that is so. */
  #toldReadOnly = false;

  constructor({ state, strings, blurred }: Init) {
    this.#strings = strings;
    this.#state = state;
    const send = (message: FromView): void => vscode.postMessage(message);
    this.#picture = new Picture({
      shown: (number) => send({ type: "shown", number }),
      wanted: (width, height) => send({ type: "size", width, height }),
    });
    this.#picker = new Picker({
      picture: this.#picture,
      strings,
      send,
      changed: (isPicking) => {
        this.#input.pause(isPicking);
        this.#toolbar.picking(isPicking);
        if (isPicking) this.#picture.surface.focus();
      },
      say: (text) => this.#say(text),
    });
    this.#input = new PageInput({
      picture: this.#picture,
      send: (events) => this.#send(events),
      leave: () => this.#toolbar.focus(),
      refused: () => this.#refused(),
    });
    this.#toolbar = new Toolbar(
      {
        strings,
        send,
        input: (events) => this.#send(events),
        pick: (isOn) => this.#picker.set(isOn),
        resize: (size) => {
          this.#picture.size = size;
          this.#keep({ size });
          send({ type: "resize", size });
        },
      },
      state.size,
    );
    this.#status = new StatusLine(strings);
    this.#dialog = new DialogBox(strings, (accept, text) => {
      this.#send([{ type: "dialog", accept, ...(text === undefined ? {} : { text }) }]);
      this.#input.takeKeys();
    });
    this.#layOut(blurred);
    this.#picture.size = state.size;
    this.#toolbar.pinned(state.page !== null);
    vscode.setState(state);
  }

  receive(message: Exclude<ToView, Init>): void {
    switch (message.type) {
      case "session":
        return this.#show(message.session);
      case "frame":
        if (this.#isAway) this.#show(this.#session);
        return this.#picture.draw(message);
      case "mark":
        this.#picture.mark(message);
        return this.#say(message.label);
      case "dialog":
        this.#shownDialog = message.dialog;
        return this.#showDialog();
      case "away":
        this.#picker.set(false);
        this.#input.set(false);
        this.#disconnected();
        return this.#leave(message.text, message.action && this.#action(message.action));
      case "picked":
        return this.#picker.picked(message.request, message.element);
      case "taken":
        return this.#picker.taken(message.element, message.where);
      case "pinned":
        this.#keep({ page: message.page });
        return this.#toolbar.pinned(message.page !== null);
      case "blurred":
        this.#picture.stage.classList.toggle("blurred", message.blurred);
        return;
      case "refused":
        this.#toldReadOnly = true;
        return this.#tellReadOnly();
      case "notice":
        return this.#tell(message.text);
    }
  }

  #layOut(blurred: boolean): void {
    const { surface, stage } = this.#picture;
    surface.tabIndex = 0;
    surface.setAttribute("role", "img");
    stage.classList.toggle("blurred", blurred);
    stage.append(element("p", "blur-hint", this.#strings.blurred), this.#away, this.#dialog.element, this.#input.field);
    this.#input.field.setAttribute("aria-label", this.#strings.keysGoToPage);
    this.#away.hidden = true;
    this.#notice.hidden = true;
    this.#notice.setAttribute("role", "status");
    this.#spoken.setAttribute("role", "status");
    surface.addEventListener("keydown", (event) => this.#surfaceKey(event));
    document.body.append(
      element("header", "", this.#toolbar.element, this.#notice),
      element("main", "", stage),
      element("footer", "", this.#picker.bar, this.#status.element),
      this.#spoken,
    );
  }

  /** The picture has the keyboard, and the page does not. */
  #surfaceKey(event: KeyboardEvent): void {
    if (this.#picker.key(event)) return stop(event);
    if (event.key === "Enter") {
      stop(event);
      return this.#input.takeKeys();
    }
    // A letter on a picture is meant for the page.
    if ([...event.key].length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !this.#input.isOn)
      this.#refused();
  }

  #show(session: ShownSession | undefined): void {
    if (!session) return;
    const before = this.#session;
    this.#session = session;
    const { mode, page, crashed } = session;
    const isWritable = mode === "write-access";
    document.body.dataset["mode"] = mode;
    this.#input.set(isWritable && page !== null);
    this.#toolbar.show(session);
    this.#status.show(session);
    if (isWritable) {
      this.#closeNotice("read-only");
      this.#toldReadOnly = false;
    }
    const strings = this.#strings;
    if (before && before.mode !== mode) this.#say(isWritable ? strings.writeAccess : strings.readOnly);
    else if (before && page && before.page?.url !== page.url) this.#sayPage();
    else if (page && page.title !== "" && page.url === this.#saidAddress) this.#sayPage(0);
    this.#picture.surface.setAttribute(
      "aria-label",
      [
        strings.picture.replace("{0}", page?.title || page?.url || ""),
        isWritable ? strings.writeAccess : strings.readOnly,
      ]
        .concat(isWritable ? [strings.pictureKeys] : [strings.pictureHint])
        .join(". "),
    );
    if (!page) return this.#leave(strings.pageGone, this.#state.page === null ? null : this.#follow());
    if (crashed) return this.#leave(strings.crashed, isWritable ? this.#reload() : null);
    this.#isAway = false;
    this.#away.hidden = true;
    this.#showDialog();
  }

  #showDialog(): void {
    const isNew = this.#dialog.show(this.#shownDialog, this.#session?.mode === "write-access", this.#input.hasKeys);
    if (isNew) this.#say(this.#dialog.words);
  }

  #disconnected(): void {
    this.#session = undefined;
    delete document.body.dataset["mode"];
    this.#toolbar.show(undefined);
    this.#status.show(undefined);
    this.#closeNotice("read-only");
  }

  #leave(text: string, action: HTMLButtonElement | null): void {
    this.#isAway = true;
    this.#picture.clear();
    this.#away.replaceChildren(element("p", "", text), ...(action ? [action] : []));
    this.#away.hidden = false;
    this.#say(text);
  }

  #follow(): HTMLButtonElement {
    return wordButton(this.#strings.followSession, () => vscode.postMessage({ type: "pin", pinned: false }));
  }

  #reload(): HTMLButtonElement {
    return wordButton(this.#strings.reload, () => this.#send([{ type: "go", to: "reload" }]));
  }

  #action({ title, does }: { title: string; does: "reconnect" | "reopen" }): HTMLButtonElement {
    return wordButton(title, () => vscode.postMessage({ type: "do", what: does }));
  }

  /** Nothing is sent in a session that is read-only; the host would refuse it. */
  #send(events: InputEvent[]): void {
    const page = this.#session?.page;
    if (!page || this.#session?.mode !== "write-access") return this.#refused();
    vscode.postMessage({ type: "input", page: page.id, events });
  }

  #refused(): void {
    const session = this.#session;
    if (!session?.page || session.mode === "write-access" || this.#toldReadOnly) return;
    this.#toldReadOnly = true;
    this.#tellReadOnly();
  }

  #tellReadOnly(): void {
    const session = this.#session;
    if (!session) return;
    const { readOnlyNotice, lockedNotice, grant, request, review } = this.#strings;
    if (session.locked) return this.#tell(lockedNotice, [], "read-only");
    const offer = (title: string, what: "grant" | "request" | "review"): HTMLButtonElement =>
      wordButton(title, () => vscode.postMessage({ type: "do", what }));
    this.#tell(
      readOnlyNotice,
      session.asks ? [offer(review, "review")] : [offer(grant, "grant"), offer(request, "request")],
      "read-only",
    );
  }

  #tell(text: string, offers: HTMLButtonElement[] = [], kind = ""): void {
    this.#notice.dataset["kind"] = kind;
    this.#notice.replaceChildren(
      element("span", "words", text),
      ...offers,
      iconButton("close", this.#strings.dismiss, () => this.#closeNotice()),
    );
    this.#notice.hidden = false;
  }

  #closeNotice(kind = this.#notice.dataset["kind"]): void {
    if (this.#notice.dataset["kind"] !== kind) return;
    const hadFocus = this.#notice.contains(document.activeElement);
    this.#notice.hidden = true;
    if (hadFocus) this.#picture.surface.focus();
  }

  #say(text: string): void {
    this.#spoken.replaceChildren(text);
  }

  /** A page that was gone to has its title a moment later. */
  #sayPage(inMs = titleMs): void {
    clearTimeout(this.#sayTimer);
    this.#saidAddress = undefined;
    this.#sayTimer = setTimeout(() => {
      const page = this.#session?.page;
      if (!page) return;
      this.#say(page.title || page.url);
      if (page.title === "") this.#saidAddress = page.url;
    }, inMs);
  }

  #keep(change: Partial<LiveViewState>): void {
    this.#state = { ...this.#state, ...change };
    vscode.setState(this.#state);
  }
}

function stop(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}
