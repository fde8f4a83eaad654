/** Selectors that find an element again: one of CSS, and one of what people see, unique in its document. */
import type { ObservedElement } from "../observations.js";
import { labelsOf, mayBeNamed, mayHaveRole, nameOf, namedRoles, plainText, roleOf } from "./accessibleName.js";
import {
  ancestors,
  attribute,
  beginSearch,
  childNodes,
  isExposed,
  localName,
  normalize,
  parentNode,
  queryAll,
  queryDeep,
  rootOf,
  shadowRoot,
  textContent,
} from "./dom.js";

/** Longer names and texts change too easily, and are hard to read. */
const longest = 80;
const maxNearbyLength = 120;
/**
 * How much one search may look at: a click must not feel slow on a page of a hundred thousand elements. It is counted in
 * elements, not in time, so that a busy machine finds the same selector as an idle one.
 */
const maxLooks = 30_000;
/** Text that is read as fast as an element is looked at, in characters. */
const charactersPerLook = 500;
/** Among more than these, a place says nothing. */
const maxCounted = 50;

const roles = new Set<string>(namedRoles);

let looks = 0;

/** Counts what is looked at. @returns whether that is too much, and the search is given up */
function isTooMuch(more = 1): boolean {
  looks += more;
  return looks > maxLooks;
}

/** Those that fulfil the condition; undefined where there are too many to look at, or to count. */
function among(elements: Element[], condition: (element: Element) => boolean): Element[] | undefined {
  const found: Element[] = [];
  for (const element of elements) {
    if (isTooMuch()) return undefined;
    if (condition(element)) found.push(element);
    if (found.length > maxCounted) return undefined;
  }
  return found;
}

export function describe(element: Element): ObservedElement {
  const selector = cssPath(element);
  return { selector, best: bestSelector(element) ?? `locator(${quote(selector)})`, nearbyText: nearbyText(element) };
}

/** An element that holds a frame: by an attribute that tells which, where that is unique. */
export function describeFrameElement(element: Element): { selector: string; best: string } {
  const selector = cssPath(element);
  const tag = localName(element);
  for (const name of ["data-testid", "name", "title", "id"]) {
    const value = attribute(element, name) ?? "";
    const css = `${tag}[${name}=${JSON.stringify(value)}]`;
    if (value !== "" && !/["\\]/.test(value) && queryAll(rootOf(element), css).length === 1)
      return { selector, best: `locator(${JSON.stringify(css)})` };
  }
  return { selector, best: `locator(${JSON.stringify(selector)})` };
}

/** The CSS of an element, unique in its document; shadow roots are entered by ` >> `. */
function cssPath(element: Element): string {
  const pieces: string[] = [];
  for (let current: Element | undefined = element; current;) {
    const root: Document | ShadowRoot = rootOf(current);
    pieces.unshift(cssWithin(current, root));
    current = root instanceof ShadowRoot ? root.host : undefined;
  }
  return pieces.join(" >> ");
}

function cssWithin(element: Element, root: Document | ShadowRoot): string {
  const steps: string[] = [];
  for (let current: Element | null = element; current;) {
    const id = attribute(current, "id") ?? "";
    if (isLasting(id) && queryAll(root, `#${CSS.escape(id)}`).length === 1) {
      steps.unshift(`#${CSS.escape(id)}`);
      break;
    }
    const parent: Node | null = parentNode(current);
    const name = CSS.escape(localName(current));
    const alike: Element[] = parent
      ? childNodes(parent).filter(
          (child): child is ChildNode & Element =>
            child instanceof Element && localName(child) === localName(current as Element),
        )
      : [];
    steps.unshift(alike.length > 1 ? `${name}:nth-of-type(${alike.indexOf(current) + 1})` : name);
    const path = steps.join(" > ");
    if (steps.length > 1 && queryAll(root, path).length === 1) break;
    current = parent instanceof Element ? parent : null;
  }
  return steps.join(" > ");
}

/** Ids that frameworks count up or make of random text are other ones after the next load. */
function isLasting(id: string): boolean {
  return id !== "" && id.length <= 60 && !/\s/.test(id) && !/\d{3,}|^[:_]|:r\w*:|[a-f0-9]{8,}/i.test(id);
}

function bestSelector(element: Element): string | undefined {
  looks = 0;
  beginSearch();
  let several: string | undefined;
  for (const candidate of candidates(element)) {
    if (isTooMuch(0)) return several;
    const matches = candidate.matches();
    if (!matches?.includes(element)) continue;
    if (matches.length === 1) return candidate.call;
    // The place among others of the same name still says more than a path of tags.
    if (candidate.mayCount && matches.length <= maxCounted)
      several ??= `${candidate.call}.nth(${matches.indexOf(element)})`;
  }
  return several;
}

interface Candidate {
  call: string;
  mayCount: boolean;
  matches: () => Element[] | undefined;
}

function* candidates(element: Element): Generator<Candidate> {
  const byAttribute = (call: string, name: string): Candidate | undefined => {
    const value = attribute(element, name);
    if (value === null || value.trim() === "" || value.length > longest) return undefined;
    const exact = name === "data-testid" ? "" : ", { exact: true }";
    return {
      call: `${call}(${quote(value)}${exact})`,
      mayCount: name === "data-testid",
      matches: () => queryDeep(`[${name}="${CSS.escape(value)}"]`),
    };
  };
  const testId = byAttribute("getByTestId", "data-testid");
  if (testId) yield testId;

  const role = roleOf(element);
  if (role !== undefined && roles.has(role) && isExposed(element)) {
    const name = nameOf(element);
    if (name !== "" && name.length <= longest) {
      yield {
        call: `getByRole(${quote(role)}, { name: ${quote(name)}, exact: true })`,
        mayCount: true,
        matches: () =>
          among(
            queryDeep(mayHaveRole),
            (other) => roleOf(other) === role && mayBeNamed(other, name) && nameOf(other) === name && isExposed(other),
          ),
      };
    }
  }
  const [label] = labelsOf(element);
  if (label !== undefined && label !== "" && label.length <= longest) {
    yield {
      call: `getByLabel(${quote(label)}, { exact: true })`,
      mayCount: false,
      matches: () => among(queryDeep(mayHaveLabel), (other) => labelsOf(other).includes(label)),
    };
  }
  for (const [call, name] of [
    ["getByPlaceholder", "placeholder"],
    ["getByAltText", "alt"],
    ["getByTitle", "title"],
  ] as const) {
    const found = byAttribute(call, name);
    if (found) yield found;
  }
  const text = /^(?:input|select|textarea|html|body)$/.test(localName(element))
    ? ""
    : textContent(element).length > longest * 4
      ? ""
      : normalize(plainText(element));
  if (text !== "" && text.length <= longest)
    yield { call: `getByText(${quote(text)}, { exact: true })`, mayCount: false, matches: () => withText(text) };
}

const mayHaveLabel = "[aria-label], [aria-labelledby], input, select, textarea, button, meter, output, progress";

/** The elements whose text that is, and of which no part says it all; undefined where there are too many to look at. */
function withText(text: string): Element[] | undefined {
  const found: Element[] = [];
  let isOver = false;
  const word = text.split(" ")[0] ?? "";
  const visit = (node: Node): boolean => {
    const inner = node instanceof Element ? shadowRoot(node) : null;
    // A shadow root's text is not in the text of what is around it.
    let within = false;
    for (const child of [...childNodes(node), ...(inner ? childNodes(inner) : [])]) {
      isOver ||= isTooMuch();
      if (isOver) return false;
      if (child instanceof Element && mayHold(child, word)) within = visit(child) || within;
    }
    if (within || !(node instanceof Element) || /^(?:script|style|noscript|head|title)$/.test(localName(node)))
      return within;
    if (normalize(plainText(node)) !== text) return false;
    found.push(node);
    return true;
  };
  visit(document);
  return isOver ? undefined : found;
}

/** Whether the word may stand in the element, or in a shadow root below it. */
function mayHold(element: Element, word: string): boolean {
  const content = textContent(element);
  isTooMuch(content.length / charactersPerLook);
  if (content.includes(word) || shadowRoot(element)) return true;
  const below = queryAll(element, "*");
  isTooMuch(below.length);
  return below.some((deep) => shadowRoot(deep));
}

/** Words that tell a person which element it was: of a field its label, else its own text and what stands beside it. */
function nearbyText(element: Element): string {
  const label = /^(?:input|select|textarea)$/.test(localName(element)) ? normalize(labelsOf(element).join(" ")) : "";
  if (label !== "") return cut(label);
  let own = "";
  let height = 0;
  for (const above of ancestors(element)) {
    if (height++ > 6 || /^(?:body|html)$/.test(localName(above))) break;
    const text = normalize(shownText(above, maxNearbyLength * 3));
    // What a whole section says is near to nothing in it.
    if (own !== "" && text.length > maxNearbyLength) break;
    if (text !== own && own !== "") return text;
    own = text;
  }
  return cut(own);
}

function cut(text: string): string {
  return text.length <= maxNearbyLength ? text : `${text.slice(0, maxNearbyLength - 1)}…`;
}

/** Text that is shown, without what people typed. */
function shownText(node: Node, most: number): string {
  if (node instanceof Text) return node.data;
  if (
    node instanceof Element &&
    (/^(?:script|style|noscript|template|textarea|select|head)$/.test(localName(node)) ||
      !Element.prototype.checkVisibility.call(node))
  )
    return "";
  let text = "";
  const inner = node instanceof Element ? shadowRoot(node) : null;
  for (const child of childNodes(inner ?? node)) {
    if (text.length > most) break;
    text += ` ${shownText(child, most - text.length)}`;
  }
  return text;
}

/** A string as source code. */
function quote(text: string): string {
  return JSON.stringify(text);
}
