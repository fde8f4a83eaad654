/** What stands in place of a secret. Its characters need no escape in a URL, a form, a header or JSON. */
export const mask = "***masked***";

/** Whether a value that is shown holds a masked secret, for readers that mark it so. */
export function isMasked(text: string): boolean {
  return text.includes(mask);
}
