/** Addresses of remote browsers: anyone who knows the key in one can drive the browser. */

const mask = "***masked***";
/** The path by which a browser's websocket is told from others; its id is made up at each start. */
const devtoolsPath = /^\/devtools\/(?:browser|page)\//;

/**
 * The address as it may be shown and written down: without user, values of parameters, and what looks like a key in
 * its path. Text that is no address loses what stands before an `@` and behind a `=`.
 */
export function shownEndpoint(endpoint: string): string {
  if (!URL.canParse(endpoint))
    return endpoint.replace(/\/\/[^/@]*@/, `//${mask}@`).replace(/([?&#][^=&#]*=)[^&#]+/g, `$1${mask}`);
  const url = new URL(endpoint);
  if (url.username === "" && url.password === "" && url.search === "" && !hasKey(url.pathname)) return endpoint;
  const path = url.pathname
    .split("/")
    .map((part) => (isKey(part) ? mask : part))
    .join("/");
  const user = url.username === "" && url.password === "" ? "" : `${mask}@`;
  const query = url.search.replace(
    /([?&])([^=&]*)(=?)([^&]*)/g,
    (_whole, mark: string, name: string, equals: string) =>
      equals === "" ? `${mark}${isKey(name) ? mask : name}` : `${mark}${name}=${mask}`,
  );
  return `${url.protocol}//${user}${url.host}${devtoolsPath.test(url.pathname) ? url.pathname : path}${query}`;
}

function hasKey(pathname: string): boolean {
  return !devtoolsPath.test(pathname) && pathname.split("/").some(isKey);
}

function isKey(part: string): boolean {
  return part.length >= 16 && /\d/.test(part) && /[A-Za-z]/.test(part);
}
