/** Keys as the browser's debugging protocol takes them; and those that stay with the editor. */
import type { InputEvent } from "../../../sessions/ipc/liveProtocol.js";

export function modifiersOf(event: MouseEvent | KeyboardEvent | TouchEvent): number {
  return (event.altKey ? 1 : 0) + (event.ctrlKey ? 2 : 0) + (event.metaKey ? 4 : 0) + (event.shiftKey ? 8 : 0);
}

/** Whether the editor keeps a key also while the page has the keyboard: its palette and its ways to another place. */
export function staysWithEditor({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): boolean {
  if (key === "F1" || key === "F6") return !altKey && !ctrlKey && !metaKey;
  if (!ctrlKey && !metaKey) return false;
  return (shiftKey && key.toLowerCase() === "p") || key === "Tab" || key === "PageUp" || key === "PageDown";
}

/** Whether the page itself makes text of it: a dead key, or what an input method works on. */
export function belongsToInputMethod({ key, keyCode, isComposing }: KeyboardEvent): boolean {
  return isComposing || keyCode === 229 || key === "Dead" || key === "Process" || key === "Unidentified";
}

/** Whether a paste follows by itself. */
export function isPaste({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): boolean {
  return ((ctrlKey || metaKey) && key.toLowerCase() === "v") || (shiftKey && key === "Insert");
}

export function keyEvent(event: KeyboardEvent, action: "down" | "up"): InputEvent {
  const { key, code, keyCode, location, repeat } = event;
  // With AltGr a key types what it says; the modifiers that stand for it are none.
  const isAltGraph = event.getModifierState("AltGraph");
  const types = [...key].length === 1 && (isAltGraph || (!event.ctrlKey && !event.metaKey));
  const typed = types ? key : key === "Enter" ? "\r" : undefined;
  return {
    type: "key",
    action,
    key,
    code,
    keyCode,
    location: Math.min(location, 3),
    // Escape alone is the editor's: with Shift it is Escape for the page.
    modifiers: isAltGraph ? 0 : modifiersOf(event) & (key === "Escape" ? ~8 : ~0),
    ...(typed !== undefined && action === "down" ? { text: typed } : {}),
    ...(repeat ? { repeat } : {}),
  };
}
