/**
 * Whether code left anything in its process that a later call could miss. Nothing is taken for nothing: what is not known
 * to leave nothing counts as left behind, and the process is kept for it.
 */
import type { ClientCall } from "../worker/clientCalls.js";

/** Calls of Playwright's protocol that change the page or the browser, or nothing, and not what Playwright itself holds. */
const leavesNothing = new Set(
  (
    "addCookies ariaSnapshot ariaSnapshotJSON blur bringToFront check clearCookies click content cookies dblclick " +
    "dispatchEvent dispose dragAndDrop evalOnSelector evalOnSelectorAll evaluateExpression expect fill focus " +
    "getAttribute goBack goForward goto hover innerHTML innerText inputValue isChecked isDisabled isEditable isEnabled " +
    "isHidden isVisible keyboardDown keyboardInsertText keyboardPress keyboardType keyboardUp mouseClick mouseDown " +
    "mouseMove mouseUp mouseWheel newPage press queryCount reload resolveSelector screenshot scrollIntoViewIfNeeded " +
    "selectOption setContent setInputFiles storageState tap textContent title touchscreenTap type uncheck " +
    "waitForSelector waitForTimeout"
  ).split(" "),
);

/**
 * Words and forms of code that may leave more than declarations: timers, listeners, modules, what is set on an object
 * that is not the code's own.
 */
const mayLeave =
  /\b(?:import|require|process|globalThis|global|prototype|__proto__|eval|Function|Reflect|Object|set\w+|delete|async)\b|\.\s*(?:on|once|addListener|prepend\w+)\b|\[\s*["'`]|(?:\.\s*[\w$]+|\])\s*(?:[-+*/%&|^?<>]{0,3}=(?![=>])|\+\+|--)|(?:\+\+|--)\s*[\w$]/;

export class LeftBehind {
  #marked = false;
  #pending = 0;
  #globals: number | undefined;

  /**
   * @param names what calls declared
   * @param state the code's own
   */
  constructor(
    private readonly names: object,
    private readonly state: object,
  ) {}

  /** Hears of code before it runs. */
  code(text: string): void {
    this.#globals ??= Reflect.ownKeys(globalThis).length;
    if (mayLeave.test(text)) this.#marked = true;
  }

  /** Hears of a call that code makes. */
  call({ method }: ClientCall, answer: Promise<unknown>): void {
    if (!leavesNothing.has(method)) this.#marked = true;
    this.#pending++;
    const over = (): void => void this.#pending--;
    answer.then(over, over);
  }

  get anything(): boolean {
    return (
      this.#marked ||
      this.#pending > 0 ||
      Reflect.ownKeys(this.names).length > 0 ||
      Reflect.ownKeys(this.state).length > 0 ||
      (this.#globals !== undefined && Reflect.ownKeys(globalThis).length !== this.#globals)
    );
  }
}
