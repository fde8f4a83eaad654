/** Fields of forms that ask for a secret, as CDP and Playwright find them. A page's own script has its own look (`recorder/page/secretFields.ts`). */
import { asksForSecret } from "../../logs/secretNames.js";
import type { CdpSession } from "../wire/cdp.js";
import type { AttachedTarget } from "../wire/targets.js";

/** A field of a form, as the page tells of it. */
export interface Field {
  type: string;
  autocomplete: string;
  names: string[];
  value: string;
  /** Of a code that is typed one character a box: what stands in all of its boxes. */
  code?: string;
}

/** Whether any of them asks for a secret; undefined where none is known. */
export function isSecret(fields: readonly Field[] | undefined): boolean | undefined {
  return fields === undefined || fields.length === 0
    ? undefined
    : fields.some(
        ({ type, autocomplete, names, code }) =>
          type === "password" || code !== undefined || asksForSecret(autocomplete, names),
      );
}

/** What an element looks like from inside of the page. */
interface FieldLike {
  type?: string;
  value?: string;
  control?: FieldLike | null;
  labels?: ArrayLike<{ textContent: string | null }> | null;
  maxLength?: number;
  parentElement?: BoxGroup | null;
  getAttribute(name: string): string | null;
}

/** What may hold the boxes of a code. */
interface BoxGroup {
  localName: string;
  parentElement: BoxGroup | null;
  querySelectorAll(selector: string): ArrayLike<FieldLike>;
}

/**
 * Runs in the page, and can use nothing from around it.
 * @param elements one, or several
 */
export function fieldsIn(elements: unknown): Field[] {
  const isBox = ({ maxLength, type }: FieldLike): boolean =>
    maxLength === 1 && /^(?:text|tel|number|password)$/.test(String(type ?? ""));
  // As `recorder/page/secretFields.ts` finds them.
  const codeOf = (field: FieldLike): string | undefined => {
    if (!isBox(field)) return undefined;
    let above = field.parentElement ?? null;
    for (let depth = 0; above && depth < 5; depth++) {
      const boxes = Array.from(above.querySelectorAll("input")).filter(isBox);
      if (boxes.length >= 4)
        return boxes.length <= 12 ? boxes.map(({ value }) => String(value ?? "")).join("") : undefined;
      if (above.localName === "form") return undefined;
      above = above.parentElement;
    }
    return undefined;
  };
  return ((Array.isArray(elements) ? elements : [elements]) as FieldLike[]).map((element) => {
    // A label stands for its field.
    const field = element.control ?? element;
    const named = ["name", "id", "aria-label", "placeholder", "data-testid"].map(
      (name) => field.getAttribute(name) ?? "",
    );
    const labels = Array.from(field.labels ?? [], (label) => (label.textContent ?? "").trim());
    const code = codeOf(field);
    return {
      ...(code === undefined ? {} : { code }),
      type: String(field.type ?? ""),
      autocomplete: field.getAttribute("autocomplete") ?? "",
      names: [...named, ...labels],
      value: typeof field.value === "string" ? field.value : "",
    };
  });
}

interface Root {
  querySelectorAll(selector: string): ArrayLike<{ shadowRoot: Root | null; localName: string }>;
}

/** Runs in the page: its fields for text, also those in open shadow roots. */
function allFields(root: Root): unknown[] {
  return Array.from(root.querySelectorAll("*")).flatMap((element) => [
    ...(element.localName === "input" || element.localName === "textarea" ? [element] : []),
    ...(element.shadowRoot ? allFields(element.shadowRoot) : []),
  ]);
}

/** Gives the fields of a document, as code of the page. */
export const everyField = `(${String(fieldsIn)})((${String(allFields)})(document))`;

/** What stands in those of them that ask for a secret. */
export function secretsOf(fields: readonly Field[]): string[] {
  return fields
    .filter((field) => field.value !== "" && isSecret([field]) === true)
    .map(({ value, code }) => code ?? value);
}

/**
 * What stands in the fields for secrets of pages that were there before us: the host that saw it being typed may be
 * gone. It is asked in worlds that no page sees.
 * @param targets pages, and frames with a process of their own; others are passed over
 */
export async function secretsInPages(targets: readonly AttachedTarget[]): Promise<string[]> {
  const pages = targets.filter(({ type }) => type === "page" || type === "iframe");
  return (await Promise.all(pages.map(({ session }) => secretsInPage(session).catch(() => [])))).flat();
}

interface FrameTree {
  frame: { id: string };
  childFrames?: FrameTree[];
}

async function secretsInPage(session: CdpSession): Promise<string[]> {
  const { frameTree } = await session.send<{ frameTree: FrameTree }>("Page.getFrameTree");
  const secrets = await Promise.all(
    framesOf(frameTree)
      .map(async (frameId) => {
        const { executionContextId } = await session.send<{ executionContextId: number }>("Page.createIsolatedWorld", {
          frameId,
          worldName: "libretto",
        });
        const { result } = await session.send<{ result: { value?: Field[] } }>("Runtime.evaluate", {
          expression: everyField,
          contextId: executionContextId,
          returnByValue: true,
          silent: true,
        });
        return secretsOf(result.value ?? []);
      })
      .map((found) => found.catch(() => [])),
  );
  return secrets.flat();
}

function framesOf({ frame, childFrames }: FrameTree): string[] {
  return [frame.id, ...(childFrames ?? []).flatMap(framesOf)];
}
