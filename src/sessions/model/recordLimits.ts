/** Characters that a text of a record may have. */
export const maxTextLength = 65_536;
