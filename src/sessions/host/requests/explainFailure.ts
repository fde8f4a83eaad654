/** Says in an error about an element what the page had instead. */
import type { Redactor } from "../../logs/redact.js";
import type { ErrorData, TargetProblem } from "../../util/errors.js";
import type { AccessibilityTrees } from "../reads/accessibilityTree.js";
import type { Targets } from "../wire/targets.js";
import type { Sought } from "../worker/failedCalls.js";
import { withTimeout } from "../../util/timeouts.js";
import { describeCandidate, nearestElements } from "./nearestElements.js";
import { maskTree } from "./snapshot.js";

/** How long the page may take to say what it has, in ms: the error waits for it. */
const timeoutMs = 3_000;
/** Elements of the largest page that is asked. */
const maxElements = 20_000;

const words: Record<TargetProblem, string> = {
  missing: "nothing on the page matches",
  hidden: "it is hidden",
  disabled: "it is disabled",
  readonly: "it is read-only",
  covered: "something else covers it",
  outside: "it is outside of the viewport",
  moving: "it does not stay in its place",
  several: "several match",
  other: "",
};

export interface ExplainParts {
  targets: Pick<Targets, "require">;
  trees: AccessibilityTrees;
  redactor: Redactor;
}

/** The error with what the page has now. A page that is gone, busy or shows a dialog leaves it without candidates. */
export async function explainFailure(error: ErrorData, sought: Sought, parts: ExplainParts): Promise<ErrorData> {
  return withCandidates(error, sought, await treeOf(sought, parts));
}

/** @param tree the page's, as a snapshot prints it; undefined where there is none */
export function withCandidates(error: ErrorData, sought: Sought, tree: string | undefined): ErrorData {
  const { locator, problem, matches, messageEnd } = sought;
  const candidates =
    problem === "several"
      ? matches.map((match) => ({ role: "", name: "", locator: match }))
      : tree !== undefined && (problem === "missing" || problem === "hidden")
        ? nearestElements(tree, locator)
        : [];
  const told = words[problem];
  // Playwright's own words name the matches where there are several.
  const nearest = problem === "several" ? [] : candidates.map(describeCandidate);
  const addition =
    told === "" || problem === "several"
      ? ""
      : `; ${told}${nearest.length > 0 ? `; nearest: ${nearest.join(", ")}` : ""}`;
  return {
    ...error,
    message: `${error.message.slice(0, messageEnd)}${addition}${error.message.slice(messageEnd)}`,
    target: { locator, problem, candidates },
  };
}

async function treeOf({ targetId, problem }: Sought, parts: ExplainParts): Promise<string | undefined> {
  if (problem !== "missing" && problem !== "hidden") return undefined;
  const { targets, trees, redactor } = parts;
  const done = new AbortController();
  try {
    if (targets.require(targetId).info.dialog) return undefined;
    const taken = trees.size(targetId).then(async (elements) => {
      if (elements > maxElements) return undefined;
      return maskTree(await trees.take(targetId, { timeoutMs, signal: done.signal }), redactor);
    });
    taken.catch(() => undefined);
    return await withTimeout(taken, timeoutMs, () => undefined);
  } catch {
    // It is gone, or has crashed.
    return undefined;
  } finally {
    done.abort();
  }
}
