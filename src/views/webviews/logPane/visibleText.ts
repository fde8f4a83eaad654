/**
 * Text from a page made fit to be shown: characters that would be obeyed (control characters, bidirectional
 * marks, invisible ones) are written out instead. No DOM: the extension host uses it for titles too.
 */

const obeyed =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu;

/** The text with such characters as `\u202e`. Line breaks and tabs stay. */
export function visible(text: string): string {
  return text.replace(obeyed, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visible(text)
    .replace(/\r\n|\r|\n/g, "↵")
    .replaceAll("\t", " ");
}
