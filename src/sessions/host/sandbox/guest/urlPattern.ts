/** Matches addresses inside the interpreter: a pattern of the code's never runs in the host. */

/** What `waitForURL` and `page.frame({ url })` take. */
export type UrlPattern = string | RegExp | ((url: URL) => unknown);

/**
 * The test of a pattern: a glob in Playwright's syntax (or the exact address), a regular expression, or a
 * predicate that is handed a `URL`.
 */
export function urlMatcher(pattern: UrlPattern): (url: string) => boolean {
  if (typeof pattern === "function") return (url) => Boolean(pattern(new URL(url)));
  if (pattern instanceof RegExp) {
    return (url) => {
      pattern.lastIndex = 0;
      return pattern.test(url);
    };
  }
  if (typeof pattern !== "string")
    throw new TypeError("A url is matched with a string, a glob, a regular expression or a predicate");
  const glob = globToRegExp(pattern);
  return (url) => url === pattern || url === withRootPath(pattern) || glob.test(url);
}

/** `http://host` names the address that a browser calls `http://host/`. */
function withRootPath(pattern: string): string {
  return /^\w+:\/\/[^/?#]+$/.test(pattern) ? `${pattern}/` : pattern;
}

/**
 * Playwright's globs: `**` is anything, `*` anything but a slash, `{a,b}` either, a backslash takes the
 * special meaning from what follows; every other character, `?` and `[` too, is itself.
 */
export function globToRegExp(glob: string): RegExp {
  let source = "";
  let groups = 0;
  for (let index = 0; index < glob.length; index++) {
    const character = glob[index] ?? "";
    if (character === "\\" && index + 1 < glob.length) source += literal(glob[++index] ?? "");
    else if (character === "*") {
      const start = index;
      while (glob[index + 1] === "*") index++;
      const folder = index > start && glob[index + 1] === "/" && (start === 0 || glob[start - 1] === "/");
      if (folder) {
        // `/**/` also stands for a single slash.
        source += "(?:.*/)?";
        index++;
      } else source += index > start ? ".*" : "[^/]*";
    } else if (character === "{") {
      source += "(?:";
      groups++;
    } else if (character === "}" && groups > 0) {
      source += ")";
      groups--;
    } else if (character === "," && groups > 0) source += "|";
    else source += literal(character);
  }
  return new RegExp(`^${source}${")".repeat(groups)}$`, "s");
}

function literal(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
