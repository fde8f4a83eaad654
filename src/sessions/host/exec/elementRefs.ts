/**
 * Refs of `libretto snapshot` in code, such as `page.getByRef("e12")`. The snapshot was taken by the host's
 * Playwright, whose refs no other one knows; so the host is asked how the element is found otherwise.
 */
import type { Frame, Page } from "playwright-core";
import { LibrettoError, type ErrorData } from "../../util/errors.js";
import type { ClientCall } from "../worker/clientCalls.js";

/** What asks the host, and what it answers. */
export interface RefQuestion {
  id: number;
  targetId: string;
  ref: string;
}
export interface RefAnswer {
  id: number;
  selector?: string;
  error?: ErrorData;
}

/** A ref can only begin a selector. */
const beginning = /^aria-ref=((?:f\d+)?e\d+)(?=\s|$)/;

export class ElementRefs {
  readonly #asked = new Map<number, (answer: RefAnswer) => void>();
  #nextId = 1;

  constructor(
    private readonly ask: (question: RefQuestion) => void,
    private readonly targetIdOf: (page: Page) => Promise<string | undefined>,
  ) {}

  /**
   * Puts a selector that every Playwright understands in the place of a call's ref.
   * @returns undefined for a call without one, which is not to be held up
   * @throws LibrettoError if the page has no such element now
   */
  replaceIn({ object, params }: ClientCall): Promise<void> | undefined {
    const { selector } = params;
    const ref = typeof selector === "string" ? beginning.exec(selector)?.[1] : undefined;
    if (ref === undefined) return undefined;
    return this.#selectorOf((object as Frame).page(), ref).then((found) => {
      params["selector"] = (selector as string).replace(beginning, () => found);
    });
  }

  /** Hears the host's answer. */
  answered(answer: RefAnswer): void {
    this.#asked.get(answer.id)?.(answer);
    this.#asked.delete(answer.id);
  }

  async #selectorOf(page: Page, ref: string): Promise<string> {
    const targetId = (await this.targetIdOf(page)) ?? "";
    const id = this.#nextId++;
    const { selector, error } = await new Promise<RefAnswer>((resolve) => {
      this.#asked.set(id, resolve);
      this.ask({ id, targetId, ref });
    });
    if (selector === undefined)
      throw LibrettoError.fromData(
        error ?? {
          code: "Failed",
          message: `The ref ${ref} was not found`,
          hint: "Take a new snapshot: `libretto snapshot`.",
        },
      );
    return selector;
  }
}
