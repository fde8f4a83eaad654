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
    this.element.setAttribute("aria-label", strings.dialogOpen);
    this.element.hidden = true;
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#isWritable) this.answer(false);
    });
  }

  get isOpen(): boolean {
    return this.#shown !== null;
  }

  /** @param takesFocus whether the keyboard was the page's until now */
  show(dialog: Shown, isWritable: boolean, takesFocus: boolean): void {
    if (dialog === this.#shown && isWritable === this.#isWritable) return;
    this.#shown = dialog;
    this.#isWritable = isWritable;
    this.element.hidden = dialog === null;
    if (!dialog) return;
    const { strings } = this;
    const kinds: Record<string, string> = {
      alert: strings.dialogAlert,
      confirm: strings.dialogConfirm,
      prompt: strings.dialogPrompt,
      beforeunload: strings.dialogLeave,
    };
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
    const cancel = wordButton(strings.cancel, () => this.answer(false));
    const buttons = dialog.type === "alert" ? [ok] : [ok, cancel];
    for (const button of buttons) button.disabled = !isWritable;
    this.element.replaceChildren(
      element("p", "kind", kinds[dialog.type] ?? strings.dialogOpen),
      element("p", "message", dialog.message),
      ...(field ? [field] : []),
      element("div", "buttons", ...buttons),
    );
    if (!takesFocus || !isWritable) return;
    (field ?? ok).focus();
    field?.select();
  }
}
