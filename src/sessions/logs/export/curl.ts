/** A request as a `curl` command for a POSIX shell. Secrets were masked before the row was written, and stay so. */

/** Header fields that belong to the browser's own connection, or that curl sets itself. */
const leftOut = /^(?::|(?:host|content-length|connection|accept-encoding)$)/i;

/**
 * @param row a row of `network.jsonl`, as it was read
 * @returns a command that is safe to paste: nothing that the page wrote is obeyed by the shell, by the terminal, or by curl
 */
export function toCurl(row: Record<string, unknown>): string {
  const method = text(row.method) || "GET";
  const url = text(row.url);
  const body = typeof row.postData === "string" ? row.postData : undefined;
  const headers =
    typeof row.requestHeaders === "object" && row.requestHeaders !== null ? Object.entries(row.requestHeaders) : [];
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  // An address that begins with a minus sign would be taken for an option.
  const parts = [`curl ${url.startsWith("-") ? "--url " : ""}${quote(url)}`];
  // To curl, brackets and braces in an address stand for several addresses.
  if (/[[\]{}]/.test(url)) parts.push("--globoff");
  // With -X HEAD curl would wait for a body that does not come.
  if (method === "HEAD" && body === undefined) parts.push("--head");
  else if (method !== (body === undefined ? "GET" : "POST")) parts.push(`-X ${quote(method)}`);
  for (const [name, value] of headers)
    if (!leftOut.test(name)) parts.push(`-H ${quote(headerLine(name, text(value)))}`);
  if (body !== undefined) {
    // Else curl would say that it is a form.
    if (!names.has("content-type")) parts.push("-H content-type:");
    parts.push(`--data-raw ${quote(body)}`);
  }
  if (names.has("accept-encoding")) parts.push("--compressed");
  return parts.join(" \\\n  ");
}

/** As curl reads it: a field without a value ends with a semicolon, since a colon would take the field away. */
function headerLine(name: string, value: string): string {
  return value.trim() === "" ? `${name};` : `${name}: ${value}`;
}

/**
 * Quoted for a shell. Nothing between single quotes has a meaning to it; control characters, which a terminal
 * would obey while they are pasted, are written out in `$'…'`, which bash, zsh and ksh read.
 */
function quote(value: string): string {
  if (/^[\w@%+=:,./-]+$/.test(value)) return value;
  if (!controls.test(value)) return `'${value.replaceAll("'", "'\\''")}'`;
  return `$'${value.replace(writtenOut, (character) => escapes[character] ?? `\\${character.charCodeAt(0) < 0x80 ? "x" : "u00"}${character.charCodeAt(0).toString(16).padStart(2, "0")}`)}'`;
}

const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

const writtenOut = /[\u0000-\u001f\u007f-\u009f'!\\]/g;
const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
