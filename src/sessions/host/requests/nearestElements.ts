/** The elements of a page that come nearest to the one that code looked for, by role and name. */
import { parseTarget, type LocatorArgument, type LocatorCall } from "../../model/locatorExpression.js";
import type { TargetCandidate } from "../../util/errors.js";

const maxCandidates = 3;
/** The longest name that is told, in characters. */
const maxName = 80;

/** Roles that people take for one another. */
const kin = [
  ["button", "link", "menuitem", "tab", "option", "switch"],
  ["textbox", "searchbox", "combobox", "spinbutton"],
  ["checkbox", "radio", "switch", "menuitemcheckbox", "menuitemradio"],
  ["listbox", "combobox", "menu", "list"],
  ["row", "cell", "gridcell", "listitem"],
];
const fields = ["textbox", "searchbox", "combobox", "spinbutton", "checkbox", "radio", "switch", "slider", "listbox"];
const rolesOfTags: Record<string, string> = {
  a: "link",
  button: "button",
  input: "textbox",
  textarea: "textbox",
  select: "combobox",
  img: "img",
  table: "table",
};

interface Wanted {
  roles: string[];
  name: string;
  /** Whether an element's text counts as its name. */
  byText: boolean;
}

interface Line extends TargetCandidate {
  text: string;
}

/**
 * @param tree as a snapshot prints it, without secrets
 * @param locator as code
 */
export function nearestElements(tree: string, locator: string): TargetCandidate[] {
  const wanted = wantedBy(locator);
  if (!wanted) return [];
  const entersFrame = /contentFrame\(\)|frameLocator\(/.test(locator);
  const scored = linesOf(tree)
    .map((line) => ({ line, score: scoreOf(line, wanted) }))
    .filter(({ score }) => score > 0)
    // A stable sort: of equals, the first on the page.
    .sort((a, b) => b.score - a.score);
  const seen = new Set<string>();
  const candidates: TargetCandidate[] = [];
  for (const { line } of scored) {
    const { text, ...candidate } = line;
    const name = candidate.name || (wanted.byText ? text : "");
    const key = JSON.stringify([candidate.role, name, candidate.frame]);
    if (seen.has(key)) continue;
    seen.add(key);
    const { frame, ...rest } = candidate;
    candidates.push({ ...rest, name: shortened(name), ...(frame && !entersFrame ? { frame } : {}) });
    if (candidates.length === maxCandidates) break;
  }
  return candidates;
}

/** `button "Save" [e5]`, on one line. */
export function describeCandidate({ role, name, ref, disabled, frame, locator }: TargetCandidate): string {
  if (locator !== undefined) return locator;
  const notes = [...(disabled ? ["disabled"] : []), ...(frame ? ["in a frame"] : [])].join(", ");
  return `${role}${name === "" ? "" : ` ${JSON.stringify(name)}`}${ref === undefined ? "" : ` [${ref}]`}${notes === "" ? "" : ` (${notes})`}`;
}

/** What the last part of a locator names that names anything. */
function wantedBy(locator: string): Wanted | undefined {
  let calls: LocatorCall[];
  try {
    calls = parseTarget(locator);
  } catch {
    return undefined;
  }
  const at = calls.findLastIndex(({ method }) => /^getBy|^locator$/.test(method));
  const call = calls[at];
  if (!call) return undefined;
  const [first, options] = call.args;
  const filter = calls
    .slice(at)
    .flatMap(({ method, args }) => (method === "filter" ? [textIn(args[0], "hasText")] : []));
  const said = filter.find((text) => text !== "") ?? "";
  switch (call.method) {
    case "getByRole":
      return { roles: [wordsOf(first)], name: textIn(options, "name") || said, byText: false };
    case "getByLabel":
    case "getByPlaceholder":
      return { roles: fields, name: wordsOf(first), byText: false };
    case "getByAltText":
      return { roles: ["img"], name: wordsOf(first), byText: false };
    case "getByText":
    case "getByTitle":
      return { roles: [], name: wordsOf(first), byText: true };
    case "getByTestId":
      return { roles: [], name: spaced(wordsOf(first)), byText: true };
    case "locator":
      return wantedBySelector(wordsOf(first), said || textIn(options, "hasText"));
    default:
      return undefined;
  }
}

/** `#send-button`, `button.primary`, `input[name="email"]`, `text=Send`, `//button`. */
function wantedBySelector(selector: string, hasText: string): Wanted {
  const last = selector.split(/\s*>>\s*|\s+|\/+/).at(-1) ?? "";
  const quoted = [...selector.matchAll(/["']([^"']+)["']/g)].at(-1)?.[1];
  const text = /^text=["']?(.*?)["']?$/.exec(selector)?.[1];
  const tag = /^[a-z]+/i.exec(last)?.[0].toLowerCase() ?? "";
  const marks = [...last.matchAll(/[#.]([\w-]+)/g)].map(([, mark = ""]) => mark).join(" ");
  const role = rolesOfTags[tag];
  return { roles: role === undefined ? [] : [role], name: hasText || text || spaced(quoted ?? marks), byText: true };
}

function wordsOf(argument: LocatorArgument | undefined): string {
  if (argument?.kind === "literal") return String(argument.value);
  return argument?.kind === "regexp" ? argument.source.replace(/\\[bwsdBWSD]|[\\^$.*+?()[\]{}|]/g, " ").trim() : "";
}

function textIn(argument: LocatorArgument | undefined, field: string): string {
  return argument?.kind === "object" ? wordsOf(argument.fields[field]) : "";
}

/** Identifiers as words. */
function spaced(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[-_]+/g, " ")
    .trim();
}

const linePattern = /^\s*- '?([\w-]+)(?: "((?:[^"\\]|\\.)*)")?((?: \[[\w-]+(?:=[^\]]*)?\])*)'?(?:: (.*))?/;

function linesOf(tree: string): Line[] {
  return tree.split("\n").flatMap((line): Line[] => {
    const [, role, quoted = "", attributes = "", rest = ""] = linePattern.exec(line) ?? [];
    const ref = /\[ref=([^\]]+)\]/.exec(attributes)?.[1];
    if (role === undefined || ref === undefined) return [];
    return [
      {
        role,
        name: unescaped(quoted),
        text: fields.includes(role) ? "" : rest.replace(/^["']|["']$/g, ""),
        ref,
        ...(attributes.includes("[disabled]") ? { disabled: true as const } : {}),
        ...(ref.startsWith("f") ? { frame: true as const } : {}),
      },
    ];
  });
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(`"${quoted.replaceAll("''", "'")}"`) as string;
  } catch {
    return quoted;
  }
}

function scoreOf({ role, name, text }: Line, { roles, name: wantedName, byText }: Wanted): number {
  const known = role === "generic" && !byText ? "" : name || (byText ? text : "");
  const likeness = wantedName === "" ? 0 : similarity(wantedName, known);
  const sameRole = roles.includes(role);
  const nearRole = !sameRole && roles.some((one) => kin.some((group) => group.includes(one) && group.includes(role)));
  if (roles.length === 0) return likeness >= 0.4 ? likeness : 0;
  // An element without a name that is only of that kind tells little.
  if (sameRole) return 0.3 + likeness * 0.7;
  if (wantedName === "") return nearRole && known !== "" ? 0.2 : 0;
  const threshold = nearRole ? 0.3 : 0.6;
  return likeness >= threshold ? likeness * (nearRole ? 0.9 : 0.6) : 0;
}

/** How alike two names are, 0 to 1: by the pairs of letters that they share. */
function similarity(a: string, b: string): number {
  const [x, y] = [normalized(a), normalized(b)];
  if (x === "" || y === "") return 0;
  if (x === y) return 1;
  const pairs = pairsOf(x);
  const others = pairsOf(y);
  let shared = 0;
  const left = new Map<string, number>();
  for (const pair of others) left.set(pair, (left.get(pair) ?? 0) + 1);
  for (const pair of pairs) {
    const count = left.get(pair) ?? 0;
    if (count === 0) continue;
    left.set(pair, count - 1);
    shared++;
  }
  const dice = (2 * shared) / (pairs.length + others.length || 1);
  return Math.max(dice, x.includes(y) || y.includes(x) ? 0.7 : 0);
}

function pairsOf(text: string): string[] {
  return text.length === 1 ? [text] : Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2));
}

function normalized(text: string): string {
  return text.slice(0, 200).toLowerCase().replace(/\s+/g, " ").trim();
}

function shortened(name: string): string {
  const line = name.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > maxName ? `${line.slice(0, maxName - 1)}…` : line;
}
