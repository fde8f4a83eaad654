/** Which of the commands of a batch wait for which: as a person at a terminal would have run them, and no longer. */

type Kind = "opens" | "drives" | "reads" | "controls";

const opening = ["open", "connect", "run"];
const driving = ["exec", "act", "resume", "save"];
const controlling = ["close", "session-mode", "list", "stop", "status", "gc", "profiles", "request-access"];

function kindOf(command: string): Kind {
  if (opening.includes(command)) return "opens";
  if (driving.includes(command)) return "drives";
  return isControlling(command) ? "controls" : "reads";
}

/** Whether a command takes effect at once, whatever a page is busy with. */
export function isControlling(command: string): boolean {
  return controlling.includes(command);
}

/** For whose end a command of each kind waits, of those before it on the same session. */
const waitsFor: Record<Kind, readonly Kind[]> = {
  opens: ["opens", "drives", "reads"],
  drives: ["opens", "drives", "reads"],
  reads: ["opens", "drives"],
  controls: ["opens"],
};

interface Entry {
  session: string;
  done: Promise<unknown>;
}

export class BatchOrder {
  /** Apart, since reads are many, and most commands wait for none of them. */
  readonly #open: Record<Kind, Set<Entry>> = {
    opens: new Set(),
    drives: new Set(),
    reads: new Set(),
    controls: new Set(),
  };

  /**
   * Begins a command when those that it waits for have ended.
   * @param words the words after `libretto`
   * @param begin runs the command; it may reject
   */
  run<T>(words: string[], begin: () => Promise<T>): Promise<T> {
    const kind = kindOf(words[0] ?? "");
    const session = sessionOf(words);
    const before = waitsFor[kind]
      .flatMap((each) => [...this.#open[each]])
      .filter((entry) => entry.session === session || entry.session === "" || session === "");
    const result = before.length === 0 ? begin() : Promise.allSettled(before.map(({ done }) => done)).then(begin);
    const entry = { session, done: result };
    const same = this.#open[kind];
    same.add(entry);
    const forget = (): void => void same.delete(entry);
    result.then(forget, forget);
    return result;
  }
}

/** The session that the words name; empty where they name none, which may be any. */
function sessionOf(words: string[]): string {
  for (const [index, word] of words.entries()) {
    if (word === "--") break;
    if (word === "--session" || word === "-s") return words[index + 1] ?? "";
    if (word.startsWith("--session=")) return word.slice("--session=".length);
  }
  return "";
}
