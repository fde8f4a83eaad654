/** Names that become names of files: of sessions and saved logins, of downloads, of what is exported. */
import { win32 } from "node:path";
import { usageError } from "../util/errors.js";

const grammar = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/**
 * Names of devices that Windows keeps for itself in every folder, with or without an extension.
 * https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
 */
const reservedOnWindows = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d\u00b9\u00b2\u00b3]) *(\..*)?$/i;
const grammarRule = "Use 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or a digit";
const reservedRule =
  "Choose another name: Windows keeps CON, NUL, COM1 and their like for itself, and takes no dot or space at the end";

/** Whether the text may name a session (SPEC section E), or a saved login, on any system: a workspace may be shared. */
export function isSessionName(text: string): boolean {
  return grammar.test(text) && !isReservedFileName(text);
}

/** Throws a usage error unless the text may name a session. Call it before a path is made of the name. */
export function assertSessionName(text: string): void {
  if (!isSessionName(text))
    throw usageError(
      `${JSON.stringify(text)} is not a session name.`,
      `${nameRule(text)}, for example --session checkout-debug.`,
    );
}

/** What a name has to be like, by what is wrong with this one; without its full stop. */
export function nameRule(text: string): string {
  return grammar.test(text) ? reservedRule : grammarRule;
}

/** Whether Windows does not keep a file under that name: a device has it, or it ends in a dot or a space. */
export function isReservedFileName(name: string): boolean {
  // Most names begin with another letter, and an expression that is not asked need not be made ready.
  const mayBeDevice = "acnlpACNLP".includes(name.charAt(0));
  return (mayBeDevice && reservedOnWindows.test(name)) || name.endsWith(".") || name.endsWith(" ");
}

/** A file name for any system, of what a server suggests: only its last part counts. */
export function portableFileName(suggested: string): string {
  const name = win32
    .basename(suggested)
    .replace(/[\u0000-\u001f<>:"/\\|?*]/g, "_")
    .slice(0, 200)
    .replace(/[. ]+$/, "");
  if (name === "") return "download";
  return isReservedFileName(name) ? `_${name}` : name;
}

/**
 * Refuses a path that Windows would take for a device, where what is written is gone.
 * @throws `Usage`; elsewhere such a name is one like any other
 */
export function assertFileName(path: string, platform: NodeJS.Platform = process.platform): void {
  const name = win32.basename(path);
  if (platform === "win32" && isReservedFileName(name))
    throw usageError(`${JSON.stringify(name)} is no name of a file on Windows.`, `${reservedRule}.`);
}
