/** A request as a `curl` command. Secrets were masked before the row was written, and stay so. */

/** Header fields that belong to the browser's own connection, or that curl sets itself. */
const leftOut = /^(?::|(?:host|content-length|connection|accept-encoding)$)/i;

/** @param row a row of `network.jsonl`, as it was read */
export function toCurl(row: Record<string, unknown>): string {
  const method = text(row.method) || "GET";
  const body = typeof row.postData === "string" ? row.postData : undefined;
  const parts = [`curl ${quote(text(row.url))}`];
  if (method !== (body === undefined ? "GET" : "POST")) parts.push(`-X ${quote(method)}`);
  const headers = typeof row.requestHeaders === "object" && row.requestHeaders !== null ? Object.entries(row.requestHeaders) : [];
  for (const [name, value] of headers) if (!leftOut.test(name)) parts.push(`-H ${quote(`${name}: ${text(value)}`)}`);
  if (body !== undefined) parts.push(`--data-raw ${quote(body)}`);
  if (headers.some(([name]) => name.toLowerCase() === "accept-encoding")) parts.push("--compressed");
  return parts.join(" \\\n  ");
}

/** Quoted for a POSIX shell, in which nothing between single quotes has a meaning. */
function quote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
