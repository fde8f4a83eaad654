/** An element of a class, with what is in it: text stays text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

/** Puts values where a text has `{0}`, `{1}`, … */
export function fill(text: string, ...values: string[]): string {
  return text.replace(/\{(\d)\}/g, (_all, number: string) => values[Number(number)] ?? "");
}
