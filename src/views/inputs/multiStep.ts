/** Questions in steps, with a way back, over VS Code's quick inputs. */
import * as vscode from "vscode";

/** The user wants the question before. */
export const back = Symbol("back");
/** The user wants none of it. */
export const cancelled = Symbol("cancelled");
export type Answer<T> = T | typeof back | typeof cancelled;

/** Where a question stands in its row. */
export interface StepPlace {
  title: string;
  step: number;
  totalSteps: number;
}

/** Asks one question and keeps the answer in `draft`. */
export type Step<T> = (draft: T, place: StepPlace) => Promise<Answer<void>>;

/** Asks every question in order. @returns the filled draft, or undefined if the user gave up */
export async function askInSteps<T>(title: string, draft: T, steps: readonly Step<T>[]): Promise<T | undefined> {
  for (let index = 0; index < steps.length;) {
    const answer = await steps[index]?.(draft, { title, step: index + 1, totalSteps: steps.length });
    if (answer === cancelled) return undefined;
    index += answer === back ? -1 : 1;
  }
  return draft;
}

/** A line to choose; one without a value only explains. `typed` is the text that it was made from, if it was. */
export interface Pick<T> extends vscode.QuickPickItem {
  value?: T;
  typed?: string;
}

export interface PickQuestion<T> {
  place: StepPlace;
  placeholder: string;
  /** Lines for what has been typed; asked for again with every key. */
  items: (typed: string) => readonly Pick<T>[];
  /** Value that is preselected. */
  active?: T | undefined;
  /** More lines that take a while to get; they are asked for with `items` afterwards. */
  later?: Promise<unknown>;
  /** Whether VS Code filters by what is typed; off where the lines depend on it. */
  typed?: boolean;
  /** What stands in the field at first. */
  value?: string | undefined;
}

/** Lets the user choose one line. */
export function askPick<T>({
  place,
  placeholder,
  items,
  active,
  later,
  typed,
  value,
}: PickQuestion<T>): Promise<Answer<T>> {
  const input = vscode.window.createQuickPick<Pick<T>>();
  input.placeholder = placeholder;
  if (value !== undefined) input.value = value;
  input.matchOnDescription = !typed;
  const refresh = (): void => {
    input.items = items(input.value);
  };
  refresh();
  const preselected = input.items.find((item) => item.value !== undefined && item.value === active);
  if (preselected) input.activeItems = [preselected];
  if (typed) input.onDidChangeValue(refresh);
  void later?.then(refresh, () => undefined);
  return answered(input, place, (resolve) => {
    input.onDidAccept(() => {
      const [active] = input.activeItems;
      // Who types fast accepts before the lines have followed: what counts is what stands in the field.
      const behind = active === undefined || (active.typed !== undefined && active.typed !== input.value);
      const item = behind ? items(input.value)[0] : active;
      if (item?.value !== undefined) resolve(item.value);
    });
  });
}

export interface TextQuestion {
  place: StepPlace;
  prompt: string;
  value: string;
  /** What is wrong with what has been typed; undefined if nothing is. */
  check: (text: string) => string | undefined;
  /** A check that takes its time: it is made when the text is accepted. */
  checkLate?: (text: string) => Promise<string | undefined>;
}

/** Lets the user type one line. */
export function askText({ place, prompt, value, check, checkLate }: TextQuestion): Promise<Answer<string>> {
  const input = vscode.window.createInputBox();
  input.prompt = prompt;
  input.value = value;
  input.valueSelection = [0, value.length];
  const validate = (): string | undefined => {
    const problem = check(input.value);
    input.validationMessage = problem ?? "";
    return problem;
  };
  input.onDidChangeValue(validate);
  return answered(input, place, (resolve) => {
    input.onDidAccept(() => void accept());
    const accept = async (): Promise<void> => {
      const text = input.value;
      if (validate() !== undefined || input.busy) return;
      input.busy = true;
      const problem = await checkLate?.(text.trim());
      input.busy = false;
      // What was typed meanwhile is another text.
      if (text !== input.value) return;
      if (problem === undefined) resolve(text.trim());
      else input.validationMessage = problem;
    };
  });
}

function answered<T>(
  input: vscode.QuickInput & {
    buttons: readonly vscode.QuickInputButton[];
    onDidTriggerButton: vscode.Event<vscode.QuickInputButton>;
  },
  place: StepPlace,
  accept: (resolve: (value: T) => void) => void,
): Promise<Answer<T>> {
  input.title = place.title;
  input.step = place.step;
  input.totalSteps = place.totalSteps;
  // A look at the page in the browser must not lose what was typed.
  input.ignoreFocusOut = true;
  if (place.step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  return new Promise<Answer<T>>((resolve) => {
    input.onDidTriggerButton((button) => {
      if (button === vscode.QuickInputButtons.Back) resolve(back);
    });
    input.onDidHide(() => resolve(cancelled));
    accept(resolve);
    input.show();
  }).finally(() => input.dispose());
}
