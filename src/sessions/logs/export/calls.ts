/** One action as a call of Playwright's. */
import { isMasked } from "../mask.js";
import type { ActionRow } from "../rows.js";
import type { Inputs } from "./inputs.js";

export interface Call {
  /** An expression that gives a promise. */
  code: string;
  /** Whether it goes to an address by itself. */
  navigates?: boolean;
  /** The variable that takes what it gives. */
  declares?: string;
  /** The element that it is done to. */
  locator?: string;
  /** Set where a person scrolled: by how many pixels at a time. */
  scrolls?: string;
}

/** Code of the page's that is longer is cut on record. */
const longestCode = 1_000;
const plain = new Set("tap hover focus blur check uncheck clear scrollIntoViewIfNeeded selectText".split(" "));
const ofPage = new Set("reload goBack goForward close bringToFront".split(" "));

/** @returns why it cannot be told, where it cannot */
export function callOf(row: ActionRow, page: string, inputs: Inputs): Call | { why: string } {
  const call = expressionOf(row, page, inputs);
  const selector = row.bestSemanticSelector ?? row.selector;
  return "why" in call || selector === undefined ? call : { ...call, locator: `${page}.${selector}` };
}

function expressionOf(row: ActionRow, page: string, inputs: Inputs): Call | { why: string } {
  const { action, value = "", coordinates } = row;
  const selector = row.bestSemanticSelector ?? row.selector;
  if (selector !== undefined && isMasked(selector)) return { why: "a secret is part of its locator" };
  if (selector?.startsWith("JSHandle") === true) return { why: "it was done with a handle, which has no locator" };
  const locator = selector === undefined ? undefined : `${page}.${selector}`;
  const about = selector ?? action;
  const typed = (): string => inputs.text(value, about);
  if (action === "goto") {
    if (row.url === undefined || row.url === "") return { why: "its address is not on record" };
    return { code: `${page}.goto(${inputs.address(row.url)})`, navigates: true };
  }
  if (ofPage.has(action) && locator === undefined)
    return { code: `${page}.${action}()`, navigates: action !== "close" && action !== "bringToFront" };
  if (action === "newPage") return { code: "context.newPage()", navigates: true, declares: page };
  if (action === "setViewportSize" && /^\{[^{}]*\}$/.test(value)) return { code: `${page}.setViewportSize(${value})` };
  if (action === "wheel" && row.source === "user") return scrolling(value, page);
  if (locator === undefined) return withoutLocator(action, value, coordinates, page, typed);
  if (action === "click" || action === "dblclick") {
    const button = value === "right" || value === "middle" ? `{ button: ${JSON.stringify(value)} }` : "";
    return { code: `${locator}.${action}(${button})` };
  }
  if (plain.has(action)) return { code: `${locator}.${action}()` };
  switch (action) {
    case "fill":
      return { code: `${locator}.fill(${typed()})` };
    case "type":
    case "pressSequentially":
      return { code: `${locator}.pressSequentially(${typed()})` };
    case "press":
      return { code: `${locator}.press(${typed()})` };
    case "select":
    case "selectOption": {
      if (isMasked(value)) return { code: `${locator}.selectOption(${typed()})` };
      const chosen = value === "" ? [] : value.split(", ");
      const options =
        row.source === "user"
          ? chosen.map((label) => `{ label: ${JSON.stringify(label)} }`)
          : chosen.map((one) => JSON.stringify(one));
      return {
        code: `${locator}.selectOption(${options.length === 1 ? (options[0] ?? "") : `[${options.join(", ")}]`})`,
      };
    }
    case "upload":
    case "setInputFiles":
      return { code: `${locator}.setInputFiles(${value === "" ? "[]" : inputs.file(value, about)})` };
    case "dragTo":
    case "dragAndDrop":
    case "drag": {
      if (value === "" || isMasked(value)) return { why: "where it was dropped is not on record" };
      const target = row.source === "user" ? `${page}.${value}` : `${page}.locator(${JSON.stringify(value)})`;
      return { code: `${locator}.dragTo(${target})` };
    }
  }
  return { why: "it has no step of its own" };
}

/** Pixels of a turn of the wheel, as most mice have it. */
const turn = 120;

function scrolling(value: string, page: string): Call | { why: string } {
  const [, dx, dy] = /^(-?\d+), (-?\d+)$/.exec(value) ?? [];
  if (dx === undefined || dy === undefined) return { why: "how far is not on record" };
  const step = (all: string): number => Math.sign(Number(all)) * Math.min(Math.abs(Number(all)), turn);
  return { code: `${page}.mouse.wheel(${dx}, ${dy})`, scrolls: `${step(dx)}, ${step(dy)}` };
}

function withoutLocator(
  action: string,
  value: string,
  at: ActionRow["coordinates"],
  page: string,
  typed: () => string,
): Call | { why: string } {
  switch (action) {
    case "press":
      return { code: `${page}.keyboard.press(${typed()})` };
    case "type":
    case "insertText":
      return { code: `${page}.keyboard.${action}(${typed()})` };
    case "down":
    case "up":
      return { code: value === "" ? `${page}.mouse.${action}()` : `${page}.keyboard.${action}(${typed()})` };
    case "click":
    case "dblclick":
    case "move":
      return at ? { code: `${page}.mouse.${action}(${at.x}, ${at.y})` } : { why: "its place is not on record" };
    case "wheel":
      return /^-?[\d.]+, -?[\d.]+$/.test(value)
        ? { code: `${page}.mouse.wheel(${value})` }
        : { why: "how far is not on record" };
    case "evaluate": {
      if (isMasked(value)) return { why: "its code holds a secret" };
      if (value.length >= longestCode) return { why: "its code is not on record as a whole" };
      const isFunction = /^(?:async\s*)?(?:function\b|\(|[\w$]+\s*=>)/.test(value.trim());
      if (!isFunction) return { code: `${page}.evaluate(${JSON.stringify(value)})` };
      // What a function was given is not on record.
      return /^(?:async\s*)?(?:\(\s*\)|function\s*[\w$]*\s*\(\s*\))/.test(value.trim())
        ? { code: `${page}.evaluate(${JSON.stringify(`(${value})()`)})` }
        : { why: "what its function was given is not on record" };
    }
  }
  return { why: "it has no step of its own" };
}
