/** Which keys are an action of their own, and what they are called. */

/** Keys that change what stands in a field, or the place in it: they are part of typing. */
const editingKeys = new Set(["Backspace", "Delete", "ArrowLeft", "ArrowRight", "Home", "End", "Insert"]);
/** Letters that edit with Control or Command: all, copy, cut, paste, undo, redo, and the old names of three. */
const editingLetters = new Set(["a", "c", "x", "v", "z", "y", "insert", "delete"]);
/** Keys that scroll a page where no element takes them. */
const scrollingKeys = new Set([
  " ",
  "PageUp",
  "PageDown",
  "Home",
  "End",
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
]);
/** What browsers do with Control or Command and a letter, which no page needs to know: address bar, tabs, windows, reload, search, print, zoom. */
const browserLetters = new Set([
  "l",
  "t",
  "w",
  "n",
  "r",
  "d",
  "e",
  "f",
  "g",
  "h",
  "j",
  "k",
  "o",
  "p",
  "s",
  "u",
  "tab",
  "pageup",
  "pagedown",
  "+",
  "-",
  "=",
  "0",
  "1",
  "2",
  "3",
  "4",
  "5",
  "6",
  "7",
  "8",
  "9",
  "[",
  "]",
]);
const browserKeys = new Set([
  "F1",
  "F3",
  "F5",
  "F6",
  "F10",
  "F11",
  "F12",
  "BrowserBack",
  "BrowserForward",
  "BrowserRefresh",
  "BrowserHome",
]);

/** Name of a key with its modifiers, as Playwright's `press` takes it, such as `Control+Shift+K`. */
export function keyName(event: KeyboardEvent): string {
  const key = event.key === " " ? "Space" : event.key;
  const modifiers = [
    event.ctrlKey && "Control",
    event.altKey && "Alt",
    event.metaKey && "Meta",
    event.shiftKey && (key.length > 1 || event.ctrlKey || event.altKey || event.metaKey) && "Shift",
  ];
  return [...modifiers.filter((name) => name !== false), key].join("+");
}

/**
 * Whether the key only adds to what is reported otherwise: to a `fill`, or to the choice in a list of options.
 * @param editable the field that has the focus, if it is one
 */
export function isPartOfTyping(event: KeyboardEvent, editable: Element | undefined, target: Element): boolean {
  const command = event.ctrlKey || event.metaKey;
  if (target instanceof HTMLSelectElement)
    return event.key.length === 1 || /^(?:Arrow|Page|Home$|End$|Enter$|Escape$)/.test(event.key);
  if (
    target instanceof HTMLInputElement &&
    /^(?:radio|range|date|datetime-local|month|time|week|number)$/.test(target.type) &&
    /^(?:Arrow|Page|Home$|End$)/.test(event.key)
  )
    return true;
  // A space on a check box is reported as its change.
  if (target instanceof HTMLInputElement && /^(?:checkbox|radio)$/.test(target.type) && event.key === " ") return true;
  if (!editable) return false;
  if (command && !event.altKey) return editingLetters.has(event.key.toLowerCase()) || editingKeys.has(event.key);
  // With Alt Graph, Control and Alt are both down, and a character is typed.
  if (event.key.length === 1) return true;
  if (event.altKey) return false;
  if (event.key === "Enter") return !(editable instanceof HTMLInputElement) && !event.shiftKey;
  return (
    editingKeys.has(event.key) ||
    (/^(?:ArrowUp|ArrowDown|PageUp|PageDown)$/.test(event.key) && !(editable instanceof HTMLInputElement))
  );
}

/** Whether the browser takes the key for itself, unless the page prevents it. */
export function isBrowsersOwn(event: KeyboardEvent, onElement: boolean): boolean {
  const key = event.key.toLowerCase();
  if (browserKeys.has(event.key)) return true;
  if (event.altKey && !event.ctrlKey) return /^(?:arrowleft|arrowright|home|d|f4)$/.test(key);
  if (event.ctrlKey || event.metaKey) return browserLetters.has(key);
  return !onElement && scrollingKeys.has(event.key);
}
