/** What other packages called libretto offer and this one does not: each is refused with what to use instead. */
import { LibrettoError } from "../../util/errors.js";

const recovery = "Catch the error, and `pause(session, { reason })` for a person or an agent to look.";
const download = 'Use `page.waitForEvent("download")` and `download.saveAs(path)`.';
const record = "Leave it out: every session keeps its actions and requests on record.";
const cursor = "Leave it out: the live view (`libretto.openLiveView` in VS Code) shows what is done.";
const log = "Use the `log` of the workflow's context, or `console`: both go into the session's log.";
const login = "Save the login once (`libretto save`), and name it in the workflow's `authProfile`.";
const state = "Read what `libretto list --json` prints, or the session's `state.json`.";
const workflows = "Leave it out: `libretto run` finds the workflow in the file's default export, and checks its input.";

const exports: Readonly<Record<string, string>> = {
  launchBrowser:
    "A workflow is given its `page`; `libretto run` starts the browser, or `run --cdp <endpoint>` takes one.",
  extractFromPage: "Read with Playwright's locators, and check the result with the workflow's `output` schema.",
  attemptWithRecovery: recovery,
  executeRecoveryAgent: recovery,
  COMPUTER_USE_RECOVERY_MODELS: recovery,
  POPUP_RECOVERY_INSTRUCTION: recovery,
  computerUseRecoveryAction: recovery,
  createRecoveryPage: recovery,
  popupRecoveryAction: recovery,
  detectSubmissionError: "Read the page's message with a locator, and throw.",
  downloadViaClick: download,
  downloadAndSave: download,
  pageRequest: "Use `page.request`, or `fetch` in `page.evaluate`.",
  instrumentPage: record,
  instrumentContext: record,
  installInstrumentation: record,
  ensureGhostCursor: cursor,
  moveGhostCursor: cursor,
  ghostClick: "Click with a locator: every click is on record.",
  hideGhostCursor: cursor,
  ensureHighlightLayer: cursor,
  showHighlight: "Use Playwright's `locator.highlight()`.",
  clearHighlights: cursor,
  createLogger: log,
  Logger: log,
  defaultLogger: log,
  createFileLogSink: log,
  prettyConsoleSink: log,
  jsonlConsoleSink: log,
  debugPause: "Use `pause(session, { reason })`.",
  librettoAuthenticate: login,
  captureAuthProfileStorageState: login,
  normalizeAuthProfileSite: login,
  parseAuthProfileSites: login,
  claimSmsOtp: "`pause(session, { reason })` for a person to type the code.",
  SESSION_STATE_VERSION: state,
  SessionStatusSchema: state,
  SessionStateFileSchema: state,
  parseSessionStateData: state,
  parseSessionStateContent: state,
  serializeSessionState: state,
  getDefaultWorkflowFromModuleExports: workflows,
  getWorkflowFromModuleExports: workflows,
  getWorkflowsFromModuleExports: workflows,
  isLibrettoWorkflow: workflows,
  validateWorkflowInput: workflows,
  LibrettoWorkflow: "Make it with `workflow(name, options, handler)`.",
  LibrettoWorkflowInputError: workflows,
  LIBRETTO_WORKFLOW_BRAND: workflows,
  LIBRETTO_WORKFLOW_RUNTIME_AUTH_BRAND: workflows,
  createProvider: "Browsers of a provider are reached with `libretto run --cdp <endpoint>`.",
};

/** Of a workflow's options. What only says how its browser is hosted (`gpu`) is left alone. */
const options: Readonly<Record<string, string>> = {
  credentials: "Take them as parameters, and pass them with `--params-file`, or `--params-file -` from standard input.",
  recoveryAction: recovery,
};

/** Adds to our exports those that throw what to use in their place. */
export function refuseForeign(namespace: Record<string, unknown>): Record<string, unknown> {
  for (const [name, instead] of Object.entries(exports))
    if (!(name in namespace))
      Object.defineProperty(namespace, name, {
        get: () => {
          throw notOffered(name, instead);
        },
      });
  return namespace;
}

/** @throws `CodeFailed` for an option that would change what the workflow does and is not offered */
export function refuseForeignOptions(given: object): void {
  for (const [name, instead] of Object.entries(options))
    if ((given as Record<string, unknown>)[name] !== undefined)
      throw notOffered(`option ${name} of a workflow`, instead);
}

/** What to use instead is part of the message: the hint of a workflow that failed says where its session is. */
function notOffered(what: string, instead: string): LibrettoError {
  return new LibrettoError(
    "CodeFailed",
    `"libretto" here has no ${what}. ${instead}`,
    "Change the workflow and run it again; docs/moving.md lists what is other here.",
  );
}
