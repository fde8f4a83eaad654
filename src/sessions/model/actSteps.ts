/** The steps of `act` (S27): what each takes, and how one is written in words. */
import { usageError, type LibrettoError } from "../util/errors.js";
import { isRef, parseTarget } from "./locatorExpression.js";

/** What one step does, and what it takes: a target (an element), a value, several values. */
const shapes = {
  click: { target: "required" },
  dblclick: { target: "required" },
  fill: { target: "required", value: "the text" },
  type: { target: "required", value: "the text" },
  press: { target: "optional", value: "the key, such as Enter or Control+A" },
  select: { target: "required", values: "the options' labels or values" },
  check: { target: "required" },
  uncheck: { target: "required" },
  hover: { target: "required" },
  upload: { target: "required", values: "the files" },
  goto: { value: "the address" },
  back: {},
  reload: {},
  wait: { target: "optional", value: "milliseconds, or visible, hidden, attached or detached" },
  dialog: { value: "accept or dismiss" },
} as const satisfies Record<string, Shape>;

interface Shape {
  target?: "required" | "optional";
  value?: string;
  values?: string;
}

export type ActAction = keyof typeof shapes;
export const actActions = Object.keys(shapes) as [ActAction, ...ActAction[]];

/**
 * One step. `target` is the ref of a snapshot or a locator as Playwright spells it. `value` is the text, key, address,
 * state or number of milliseconds; `values` are options, files (absolute paths), or the answer to a prompt.
 */
export interface ActStep {
  action: ActAction;
  target?: string | undefined;
  value?: string | undefined;
  values?: string[] | undefined;
}

export const maxSteps = 20;
export const maxStepText = 100_000;
const maxWaitMs = 30_000;
const states = ["visible", "hidden", "attached", "detached"];

/** Checks what a client hands over. @throws `Usage`, naming the step */
export function checkSteps(steps: unknown): ActStep[] {
  if (!Array.isArray(steps) || steps.length === 0)
    throw usageError(
      "No steps were given.",
      'Give an array of steps, for example [{ "action": "click", "target": "e12" }].',
    );
  if (steps.length > maxSteps)
    throw usageError(`${steps.length} steps were given, and ${maxSteps} are the most.`, "Act in several calls.");
  return steps.map((step: unknown, index) => checkStep(step, steps.length === 1 ? "" : `Step ${index + 1}: `));
}

function checkStep(step: unknown, where: string): ActStep {
  const wrong = (what: string): LibrettoError =>
    usageError(
      `${where}${what}.`,
      `A step is { "action", "target", "value", "values" }; actions: ${actActions.join(", ")}.`,
    );
  if (typeof step !== "object" || step === null || Array.isArray(step)) throw wrong("a step is an object");
  const { action, target, value, values, ...rest } = step as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw wrong(`a step has no field ${JSON.stringify(unknown.slice(0, 40))}`);
  if (typeof action !== "string" || !Object.hasOwn(shapes, action))
    throw wrong(`${typeof action === "string" ? JSON.stringify(action.slice(0, 40)) : "that"} is no action`);
  const shape: Shape = shapes[action as ActAction];
  const isText = (text: unknown): text is string => typeof text === "string" && text.length <= maxStepText;
  if (target !== undefined && (!isText(target) || target === "")) throw wrong(`${action}: the target is not text`);
  if (target !== undefined && shape.target === undefined) throw wrong(`${action} takes no target`);
  if (target === undefined && shape.target === "required") throw wrong(`${action} takes a target`);
  if (target !== undefined) parseTarget(target);
  if (value !== undefined && !isText(value)) throw wrong(`${action}: the value is not text`);
  if (value !== undefined && shape.value === undefined) throw wrong(`${action} takes no value`);
  if (values !== undefined && !(Array.isArray(values) && values.length <= 100 && values.every(isText)))
    throw wrong(`${action}: values is no list of texts`);
  if (values !== undefined && shape.values === undefined && action !== "dialog")
    throw wrong(`${action} takes no values`);
  if (shape.values !== undefined && !values?.length) throw wrong(`${action} takes values: ${shape.values}`);
  if (shape.value !== undefined && value === undefined && action !== "wait")
    throw wrong(`${action} takes a value: ${shape.value}`);
  if (action === "dialog" && value !== "accept" && value !== "dismiss") throw wrong("dialog takes accept or dismiss");
  if (action === "press" && value === "") throw wrong("press takes a key");
  if (action === "wait") checkWait(target, value, wrong);
  return {
    action: action as ActAction,
    ...(target === undefined ? {} : { target }),
    ...(value === undefined ? {} : { value }),
    ...(values === undefined ? {} : { values: values }),
  };
}

function checkWait(
  target: string | undefined,
  value: string | undefined,
  wrong: (what: string) => LibrettoError,
): void {
  if (target !== undefined) {
    if (value !== undefined && !states.includes(value)) throw wrong(`wait takes one of ${states.join(", ")}`);
  } else if (value === undefined || !/^\d{1,5}$/.test(value) || Number(value) > maxWaitMs)
    throw wrong(`wait takes a target, or milliseconds up to ${maxWaitMs}`);
}

/** A step in words, such as `fill e12 Ada` or `dialog accept`. @throws `Usage` */
export function stepOfWords([action = "", ...words]: string[]): ActStep {
  if (!Object.hasOwn(shapes, action)) return checkStep({ action }, "");
  const shape: Shape = shapes[action as ActAction];
  const step: Record<string, unknown> = { action };
  const isTarget = (word: string): boolean => isRef(word) || /^(?:page\s*\.\s*)?[a-z]\w*\(/i.test(word);
  if (shape.target === "required" || (shape.target === "optional" && words[0] !== undefined && isTarget(words[0])))
    step.target = words.shift();
  if (shape.value !== undefined && words.length > 0) step.value = words.shift();
  if (words.length > 0) step.values = words;
  if (step.values !== undefined && shape.values === undefined && (action !== "dialog" || words.length > 1))
    throw usageError(
      `${action} takes no more than that: ${words.join(" ").slice(0, 80)}`,
      "Quote a text that has spaces.",
    );
  return checkStep(step, "");
}

/** A step for people: what it does, on which element. No text that was typed. */
export function describeStep({ action, target, value }: ActStep): string {
  const shown = action === "fill" || action === "type" ? undefined : value;
  return [action, target, shown].filter((word) => word !== undefined).join(" ");
}
