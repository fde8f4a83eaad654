/** What a reader may get of a text that others wrote. Apart from the fence, which loads what makes nonces. */

/** Spells of it inside a page's text, which are shown broken. */
const forged = /<(?=[\s/]*page-content)/gi;

/**
 * What is not seen, or turns the direction of what is: controls but for line breaks and tabs, formats, separators of
 * lines and paragraphs, lone surrogates, private use, what is ignored by default (fillers, joiners, variation
 * selectors, tags), and the blank pattern of Braille.
 */
const unseen =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2800\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;

/** A page's text as a reader may get it: what is not seen is spelled out, such as `\u{200B}`. */
export function visible(text: string): string {
  return text
    .replace(/\r\n/g, "\n")
    .replace(unseen, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`)
    .replace(forged, "\\u{3C}");
}
