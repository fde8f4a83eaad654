/** Names that other packages called libretto export and this one does not: each is refused with what to use instead. */
import { LibrettoError } from "../../util/errors.js";

const instead: Readonly<Record<string, string>> = {
  launchBrowser:
    "A workflow is given its `page`; `libretto run` starts the browser, or `run --cdp <endpoint>` takes one.",
  extractFromPage: "Read with Playwright's locators, and check the result with the workflow's `output` schema.",
  attemptWithRecovery: "Catch the error, and `pause(session, { reason })` for a person or an agent to look.",
  executeRecoveryAgent: "Catch the error, and `pause(session, { reason })` for a person or an agent to look.",
  detectSubmissionError: "Read the page's message with a locator, and throw.",
  downloadViaClick: 'Use `page.waitForEvent("download")` and `download.saveAs(path)`.',
  downloadAndSave: 'Use `page.waitForEvent("download")` and `download.saveAs(path)`.',
  pageRequest: "Use `page.request`, or `fetch` in `page.evaluate`.",
  instrumentPage: "Leave it out: every session keeps its actions and requests on record.",
  installInstrumentation: "Leave it out: every session keeps its actions and requests on record.",
  createLogger: "Use the `log` of the workflow's context.",
  debugPause: "Use `pause(session, { reason })`.",
  createProvider: "Browsers of a provider are reached with `libretto run --cdp <endpoint>`.",
};

/** Adds to our exports those that throw what to use in their place. */
export function refuseForeign(namespace: Record<string, unknown>): Record<string, unknown> {
  for (const [name, hint] of Object.entries(instead))
    if (!(name in namespace))
      Object.defineProperty(namespace, name, {
        get: () => {
          throw new LibrettoError("CodeFailed", `"libretto" here has no ${name}.`, hint);
        },
      });
  return namespace;
}
