/**
 * Regular expressions that cannot hang. V8 (as any backtracking engine) needs time exponential in the text
 * for patterns such as `(a+)+$`, and a filter runs what users type over millions of lines in the extension
 * host. Here a pattern becomes an automaton whose states are made as they are met: each character of the
 * text is looked at once, whatever the pattern. What needs backtracking (look-around, references to groups)
 * is refused with a message.
 *
 * Only the structure of a pattern is interpreted here (alternation, groups, repetition, anchors). Each atom,
 * a literal, an escape, a class, is left to the engine's own `RegExp` on a single character, so `\w`,
 * `[^\]]`, `\p{L}` and the flags mean what they mean in JavaScript.
 */

/** Thrown for a pattern that is no regular expression, or none that runs in linear time. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** A pattern that grows past this many steps (by `{1000}` of `{1000}`) is refused. */
const maxSteps = 4000;
/** The automaton's memory: when it has made this many states, or ways from one to the next, it forgets them and goes on. */
const maxStates = 2000;
const maxTransitions = 50_000;

type Assertion = "start" | "end" | "boundary" | "inner";
/** A step of the automaton, by index into `steps`. */
type Step =
  | { kind: "atom"; matches: (character: string) => boolean; next: number }
  | { kind: "split"; first: number; second: number }
  | { kind: "assert"; assertion: Assertion; next: number }
  | { kind: "match" };

type Node =
  | { kind: "empty" }
  | { kind: "atom"; matches: (character: string) => boolean }
  | { kind: "assert"; assertion: Assertion }
  | { kind: "sequence"; nodes: Node[] }
  | { kind: "choice"; nodes: Node[] }
  | { kind: "repeat"; node: Node; min: number; max: number };

/** A set of steps that wait for the next character, and what the automaton knows of the one before. */
interface State {
  steps: Int32Array;
  afterWord: boolean;
  atStart: boolean;
  transitions: Map<string, State | "match">;
  /** Whether the text may end here; found out when first asked. */
  atEnd: boolean | undefined;
}

export class LinearRegExp {
  private readonly steps: Step[] = [];
  private readonly begin: number;
  private readonly multiline: boolean;
  private readonly byCodePoint: boolean;
  private states = new Map<string, State>();
  private initial: State | undefined;
  private transitions = 0;

  /**
   * @param flags `i`, `m`, `s`, `u` as in JavaScript
   * @throws PatternError with a message for people
   */
  constructor(
    readonly source: string,
    readonly flags = "",
  ) {
    if (!/^(?!.*(.).*\1)[imsu]*$/.test(flags))
      throw new PatternError(`unknown flags "${flags}"; expected some of i, m, s, u`);
    try {
      new RegExp(source, flags);
    } catch (thrown) {
      throw new PatternError(
        thrown instanceof Error
          ? thrown.message.replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, "")
          : String(thrown),
      );
    }
    this.multiline = flags.includes("m");
    this.byCodePoint = flags.includes("u");
    const tree = new Parser(source, flags.replace("m", "")).parse();
    const match = this.add({ kind: "match" });
    this.begin = this.compile(tree, match);
  }

  /** Whether the pattern occurs in the text. Time grows with the length of the text, and with nothing else. */
  test(text: string): boolean {
    let state = (this.initial ??= this.intern([this.begin], false, true));
    for (let at = 0; at < text.length; at++) {
      let character = text.charAt(at);
      if (this.byCodePoint) {
        const code = text.codePointAt(at) ?? 0;
        if (code > 0xffff) {
          character = String.fromCodePoint(code);
          at++;
        }
      }
      let next = state.transitions.get(character);
      if (next === undefined) {
        next = this.advance(state, character);
        state.transitions.set(character, next);
        // A text in many scripts has as many ways from each state as it has characters.
        if (++this.transitions > maxTransitions) this.forget();
      }
      if (next === "match") return true;
      state = next;
    }
    return (state.atEnd ??= this.reaches(state, undefined) === "match");
  }

  private add(step: Step): number {
    if (this.steps.length >= maxSteps) throw new PatternError("the pattern is too long; use smaller repetitions");
    return this.steps.push(step) - 1;
  }

  /** Adds the steps of a node that go on to `next`; the index of its first step. */
  private compile(node: Node, next: number): number {
    switch (node.kind) {
      case "empty":
        return next;
      case "atom":
        return this.add({ kind: "atom", matches: node.matches, next });
      case "assert":
        return this.add({ kind: "assert", assertion: node.assertion, next });
      case "sequence":
        return node.nodes.reduceRight((following, inner) => this.compile(inner, following), next);
      case "choice":
        return node.nodes
          .map((inner) => this.compile(inner, next))
          .reduceRight((second, first) => this.add({ kind: "split", first, second }));
      case "repeat": {
        let following = next;
        if (node.max === Number.POSITIVE_INFINITY) {
          const loop = { kind: "split" as const, first: -1, second: next };
          following = this.add(loop);
          loop.first = this.compile(node.node, following);
        } else {
          for (let count = node.min; count < node.max; count++)
            following = this.add({ kind: "split", first: this.compile(node.node, following), second: next });
        }
        for (let count = 0; count < node.min; count++) following = this.compile(node.node, following);
        return following;
      }
    }
  }

  private intern(steps: number[], afterWord: boolean, atStart: boolean): State {
    const key = `${atStart ? "^" : ""}${afterWord ? "w" : ""}${steps.join(",")}`;
    let state = this.states.get(key);
    if (!state) {
      if (this.states.size >= maxStates) this.forget();
      state = { steps: Int32Array.from(steps), afterWord, atStart, transitions: new Map(), atEnd: undefined };
      this.states.set(key, state);
    }
    return state;
  }

  private forget(): void {
    this.states = new Map();
    this.initial = undefined;
    this.transitions = 0;
  }

  private advance(state: State, character: string): State | "match" {
    const reached = this.reaches(state, character);
    if (reached === "match") return "match";
    // The pattern may begin at any character.
    const steps = new Set<number>([this.begin]);
    for (const index of reached) {
      const step = this.steps[index];
      if (step?.kind === "atom" && step.matches(character)) steps.add(step.next);
    }
    return this.intern(
      [...steps].sort((a, b) => a - b),
      isWord(character),
      this.multiline && isLineEnd(character),
    );
  }

  /** The atoms that are due before `next` (undefined: the end of the text), past splits and assertions. */
  private reaches(state: State, next: string | undefined): Set<number> | "match" {
    const atoms = new Set<number>();
    const seen = new Set<number>();
    const open = [...state.steps];
    const boundary = state.afterWord !== (next !== undefined && isWord(next));
    const atEnd = next === undefined || (this.multiline && isLineEnd(next));
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const step = this.steps[index];
      switch (step?.kind) {
        case "match":
          return "match";
        case "atom":
          atoms.add(index);
          break;
        case "split":
          open.push(step.first, step.second);
          break;
        case "assert": {
          const holds = { start: state.atStart, end: atEnd, boundary, inner: !boundary }[step.assertion];
          if (holds) open.push(step.next);
          break;
        }
        case undefined:
          break;
      }
    }
    return atoms;
  }
}

function isWord(character: string): boolean {
  return /^\w/.test(character);
}

function isLineEnd(character: string): boolean {
  return /^[\n\r\u2028\u2029]/.test(character);
}

/** Reads the structure of a pattern that `RegExp` has found valid. */
class Parser {
  private at = 0;

  constructor(
    private readonly source: string,
    private readonly flags: string,
  ) {}

  parse(): Node {
    return this.choice();
  }

  private choice(): Node {
    const nodes = [this.sequence()];
    while (this.source[this.at] === "|") {
      this.at++;
      nodes.push(this.sequence());
    }
    return nodes.length === 1 && nodes[0] ? nodes[0] : { kind: "choice", nodes };
  }

  private sequence(): Node {
    const nodes: Node[] = [];
    while (this.at < this.source.length && !"|)".includes(this.source.charAt(this.at)))
      nodes.push(this.repetition(this.single()));
    return nodes.length === 0 ? { kind: "empty" } : { kind: "sequence", nodes };
  }

  private repetition(node: Node): Node {
    const quantifier = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(this.source.slice(this.at));
    if (!quantifier) return node;
    this.at += quantifier[0].length;
    const [, symbol, least, comma, most] = quantifier;
    if (symbol !== undefined)
      return { kind: "repeat", node, min: symbol === "+" ? 1 : 0, max: symbol === "?" ? 1 : Number.POSITIVE_INFINITY };
    const min = Number(least);
    const max = comma === "" ? min : most === "" ? Number.POSITIVE_INFINITY : Number(most);
    if (min > maxSteps || (max !== Number.POSITIVE_INFINITY && max > maxSteps))
      throw new PatternError("the pattern is too long; use smaller repetitions");
    return { kind: "repeat", node, min, max };
  }

  private single(): Node {
    const rest = this.source.slice(this.at);
    switch (rest[0]) {
      case "(": {
        const opening = /^\((?:\?(?::|<[^=!][^>]*>))?/.exec(rest)?.[0] ?? "(";
        if (rest.startsWith("(?") && opening === "(")
          throw new PatternError("look-around and modifiers such as (?=…) are not supported");
        this.at += opening.length;
        const node = this.choice();
        this.at++;
        return node;
      }
      case "^":
      case "$":
        this.at++;
        return { kind: "assert", assertion: rest[0] === "^" ? "start" : "end" };
      case "\\":
        if (/^\\[bB]/.test(rest)) {
          this.at += 2;
          return { kind: "assert", assertion: rest[1] === "b" ? "boundary" : "inner" };
        }
        if (/^\\(?:[1-9]|k<)/.test(rest)) throw new PatternError("references to groups such as \\1 are not supported");
        return this.atom(
          /^\\(?:u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|0[0-7]{0,2}|[\s\S])/.exec(
            rest,
          )?.[0] ?? "\\\\",
        );
      case "[":
        return this.atom(/^\[(?:\\[\s\S]|[^\]\\])*\]/.exec(rest)?.[0] ?? rest);
      default:
        return this.atom(this.flags.includes("u") ? String.fromCodePoint(rest.codePointAt(0) ?? 0) : rest.charAt(0));
    }
  }

  private atom(piece: string): Node {
    this.at += piece.length;
    // One character against one atom: nothing here can take long.
    const pattern = new RegExp(`^(?:${/^[{}\]]$/.test(piece) ? `\\${piece}` : piece})$`, this.flags);
    const known = new Map<string, boolean>();
    return {
      kind: "atom",
      matches: (character) => {
        let result = known.get(character);
        if (result === undefined) {
          result = pattern.test(character);
          if (known.size < 5000) known.set(character, result);
        }
        return result;
      },
    };
  }
}
