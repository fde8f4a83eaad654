/**
 * What was typed into a field for secrets goes to no client: it is hidden in what comes from pages and from code, and
 * there alone. Names and paths are ours, and would lead nowhere with a part of them hidden.
 */
import type { Redactor } from "../../logs/redact.js";
import type { Method, PauseInfo, ResumeResult } from "../../ipc/protocol.js";
import { LibrettoError, type ErrorCode } from "../../util/errors.js";

/** Results with a text that comes from a page; what else comes from pages is hidden where it is read. */
const withText: ReadonlySet<Method> = new Set(["exec", "readonly-exec", "run"] as const);
/** Errors whose message code or a page has written. */
const fromCode: ReadonlySet<ErrorCode> = new Set([
  "CodeFailed",
  "WorkflowFailed",
  "ReadonlyExecDenied",
  "LimitExceeded",
  "TimedOut",
] as const);

/** The result of a request, as its client is told. */
export function hideInResult(redactor: Redactor, method: Method, result: unknown): unknown {
  if (method === "resume") {
    const { outcome, ...rest } = result as ResumeResult;
    return outcome ? { ...rest, outcome: hideInText(redactor, outcome) } : result;
  }
  return withText.has(method) ? hideInText(redactor, result as { text: string; paused?: PauseInfo }) : result;
}

/** A workflow that pauses says why in words of its own, and what comes next with a locator of its own. */
function hideInText<T extends { text: string; paused?: PauseInfo }>(redactor: Redactor, { text, paused, ...rest }: T) {
  const hidden = (name: "before" | "reason"): PauseInfo =>
    paused?.[name] === undefined ? {} : { [name]: redactor.hide(paused[name]) };
  return {
    ...rest,
    text: redactor.hide(text),
    ...(paused ? { paused: { ...paused, ...hidden("before"), ...hidden("reason") } } : {}),
  };
}

/** The parameters of a notification. */
export function hideInNotification(redactor: Redactor, name: string, params: object): object {
  // Other notices are in our own words.
  if (name !== "console" && !(name === "notice" && "paused" in params)) return params;
  const { text, ...rest } = params as { text: string };
  return { ...rest, text: redactor.hide(text) };
}

/** @param thrown what the error was made from; what is no error of ours may quote a page */
export function hideInError(redactor: Redactor, error: LibrettoError, thrown: unknown): LibrettoError {
  if (thrown instanceof LibrettoError && !fromCode.has(error.code)) return error;
  const message = redactor.hide(error.message);
  const { code, hint, place, askHint } = error;
  const target = error.target && {
    ...error.target,
    locator: redactor.hide(error.target.locator),
    candidates: error.target.candidates.map((candidate) => ({
      ...candidate,
      name: redactor.hide(candidate.name),
      ...(candidate.locator === undefined ? {} : { locator: redactor.hide(candidate.locator) }),
    })),
  };
  return message === error.message && target === undefined
    ? error
    : new LibrettoError(code, message, hint, { cause: error, place, target, askHint });
}
