/** A dialog that the page shows. It holds up the page until somebody answers it. */
import { element } from "../element.js";
import { wordButton } from "../icons.js";
import type { LiveViewStrings, ToView } from "./protocol.js";

type Shown = Extract<ToView, { type: "dialog" }>["dialog"];

export class DialogBox {
  readonly element = element("div", "dialog");
  #shown: Shown = null;
  #isWritable = false;

  constructor(
    private readonly strings: LiveViewStrings,
    private readonly answer: (accept: boolean, text?: string) => void,
  ) {
    this.element.setAttribute("role", "alertdialog");
    this.element.setAttribute("aria-labelledby", "dialog-kind");
    this.element.setAttribute("aria-describedby", "dialog-message");
    this.element.hidden = true;
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#isWritable) this.answer(false);
    });
  }

  /** What it says; empty where none is open. */
  get words(): string {
    return this.#shown ? [this.#kind, this.#shown.message].filter(Boolean).join(". ") : "";
  }

  get #kind(): string {
    const { strings } = this;
    const kinds: Record<string, string> = {
      alert: strings.dialogAlert,
      confirm: strings.dialogConfirm,
      prompt: strings.dialogPrompt,
      beforeunload: strings.dialogLeave,
    };
    return kinds[this.#shown?.type ?? ""] ?? strings.dialogOpen;
  }

  /** @param takesFocus whether the keyboard was the page's until now @returns whether it opened */
  show(dialog: Shown, isWritable: boolean, takesFocus: boolean): boolean {
    if (dialog === this.#shown && isWritable === this.#isWritable) return false;
    const isNew = dialog !== null && dialog !== this.#shown;
    this.#shown = dialog;
    this.#isWritable = isWritable;
    this.element.hidden = dialog === null;
    if (!dialog) return false;
    const { strings } = this;
    const field = dialog.type === "prompt" ? element("input", "") : undefined;
    if (field) {
      field.value = dialog.value;
      field.readOnly = !isWritable;
      field.setAttribute("aria-label", dialog.message);
      field.addEventListener("keydown", (event) => {
        if (event.key === "Enter") this.answer(true, field.value);
      });
    }
    const ok = wordButton(strings.ok, () => this.answer(true, field?.value));
    ok.className = "primary";
    const cancel = wordButton(strings.cancel, () => this.answer(false));
    const buttons = dialog.type === "alert" ? [ok] : [ok, cancel];
    for (const button of buttons) button.disabled = !isWritable;
    const kind = element("p", "kind", this.#kind);
    const message = element("p", "message", dialog.message);
    kind.id = "dialog-kind";
    message.id = "dialog-message";
    this.element.replaceChildren(kind, message, ...(field ? [field] : []), element("div", "buttons", ...buttons));
    if (takesFocus && isWritable) {
      (field ?? ok).focus();
      field?.select();
    }
    return isNew;
  }
}
