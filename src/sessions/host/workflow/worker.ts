/** The program of a workflow's process: loads the user's file, runs its workflow, tells the outcome, and is ended. */
import inspector from "node:inspector";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { Schema, Workflow } from "../../../index.js";
import { LibrettoError, usageError, type ErrorData } from "../../util/errors.js";
import { profileForUrl } from "../../store/profiles.js";
import { messageOf, shorten, withoutLog } from "../code/failure.js";
import { inspectSafely, printValue } from "../code/format.js";
import { ActionRecorder, locatorOf } from "../worker/actions.js";
import { CrashGuard } from "../worker/crashGuard.js";
import { FailedCalls, type Sought } from "../worker/failedCalls.js";
import { interceptClientCalls, type ClientCall } from "../worker/clientCalls.js";
import { emulateFocus } from "../worker/focus.js";
import { endWithHost } from "../worker/hostWatch.js";
import { LiveConsole } from "../worker/liveConsole.js";
import { showPlaywrightObjects } from "../worker/playwrightObjects.js";
import { takeSurroundings } from "../worker/surroundings.js";
import { muteExperimentalWarnings } from "../worker/warnings.js";
import { PlaywrightBridge } from "../wire/playwrightBridge.js";
import { HostWire } from "../wire/workerChannels.js";
import type { PauseInfo } from "../../ipc/protocol.js";
import type { WorkflowInspect } from "../../ipc/inspectMessages.js";
import type { FromWorkflow, ToWorkflow, WorkflowPhase, WorkflowStart } from "./messages.js";
import { refuseForeignOptions } from "./foreignNames.js";
import { ModuleLoader, shortPath, type FilePlace } from "./moduleLoader.js";
import { loadLogin } from "./savedLogin.js";

const send = (message: FromWorkflow): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};
// What throws below ten functions of a library is still to be found in the user's file.
Error.stackTraceLimit = 100;
const liveConsole = new LiveConsole((level, text) => send({ type: "console", level, text }));
liveConsole.replaceOutput();
// A workflow may run and print for hours: only what it prints in one go is cut short.
setInterval(() => liveConsole.endCall(), 5_000).unref();

const hostWire = new HostWire();
const failedCalls = new FailedCalls(async (page) => workflowBridge?.targetId(page));
let loader: ModuleLoader | undefined;
let workflowBridge: PlaywrightBridge | undefined;
let phase: WorkflowPhase = "load";
/** What waits in `pause`, or before a call of Playwright, by number. */
const pauses = new Map<number, () => void>();
let pauseCount = 0;
/** Calls of Playwright pause, until a resume without a step. */
let isStepping = false;
let isDebugged = false;
/** Whether a debugger has just stopped where `pause` is about to be called. */
let hasStopped = false;

const exit = process.exit.bind(process);
process.on("disconnect", () => exit(0));
endWithHost();
muteExperimentalWarnings();
// Ctrl-C in a terminal reaches every process of its group; the host decides what becomes of the workflow.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("uncaughtException", (error) => fail(error));
process.on("unhandledRejection", (reason) => fail(reason));
process.exit = (status?: number | string) => {
  const thrown = new Error(`The workflow called process.exit(${status ?? ""})`);
  fail(thrown);
  // Its caller expects not to come back.
  throw thrown;
};

process.on("message", (message: ToWorkflow) => {
  if (message.type === "surroundings") takeSurroundings(message);
  else if (message.type === "resume") resume(message.upTo, message.step);
  else if (message.type === "debugged") isDebugged = message.attached;
  else if (message.type === "browser") void workflowBridge?.deliver(message.event);
  else (message.type === "inspect" ? inspect(message) : run(message)).catch(fail);
});

/** The login of a site that this user saved here. */
function ownLogin({ profiles }: WorkflowStart, url: string): string | undefined {
  const found = profileForUrl(profiles, url);
  return found?.isOwn === true ? found.name : undefined;
}

async function run(start: WorkflowStart): Promise<void> {
  if (start.debug) await waitForDebugger();
  (globalThis as Record<symbol, unknown>)[Symbol.for("libretto.workflow.runtime")] = { pause };
  const workflow = await load(start);
  const input = await check(workflow.options.input, start.input ?? {}, "The parameters do");
  const { startUrl, viewport, authProfile } = workflow.options;
  const profile =
    start.authProfile ??
    (typeof authProfile === "object" ? authProfile.name : authProfile) ??
    (startUrl === undefined ? undefined : ownLogin(start, startUrl));
  if (profile !== undefined) await logIn(start, profile);
  const bridge = (workflowBridge = new PlaywrightBridge(hostWire.openChannel, "drives", start.artifacts));
  const page = await attach(bridge, start);
  const [browser, context] = await Promise.all([bridge.browser(), bridge.context()]);
  phase = "run";
  send({ type: "running", name: workflow.name });
  if (start.keepPage !== true) {
    if (viewport !== undefined) await page.setViewportSize(viewport);
    if (startUrl !== undefined) await page.goto(startUrl);
  }
  const log = Object.assign((...values: unknown[]) => liveConsole.console.log(...values), {
    info: (...values: unknown[]) => liveConsole.console.info(...values),
    warn: (...values: unknown[]) => liveConsole.console.warn(...values),
    error: (...values: unknown[]) => liveConsole.console.error(...values),
  });
  const result: unknown = await (workflow.handler as (context: object, input: unknown) => unknown)(
    { page, context, browser, session: start.session, input, log },
    input,
  );
  const checked = await check(workflow.options.output, result, "The result does", "WorkflowFailed");
  send({ type: "done", name: workflow.name, value: printValue(checked) });
}

/** Waits until a debugger has attached and knows its breakpoints. */
async function waitForDebugger(): Promise<void> {
  inspector.open(0, "127.0.0.1", false);
  const message: FromWorkflow = { type: "inspector", url: inspector.url() ?? "" };
  // It must be out before this process stands still.
  await new Promise<void>((sent) => process.send?.(message, undefined, undefined, () => sent()));
  inspector.waitForDebugger();
  isDebugged = true;
}

async function load({
  cwd,
  file,
  tsconfig,
  debug,
}: Pick<WorkflowStart, "cwd" | "file" | "tsconfig" | "debug">): Promise<Workflow> {
  process.chdir(cwd);
  const own = ownPackages();
  loader = new ModuleLoader(file, tsconfig, own, debug && { ...debug, stopsAt: stopsAt(own["libretto"]) });
  const workflow = findWorkflow(await loader.load(), file);
  refuseForeignOptions(workflow.options);
  phase = "input";
  return workflow;
}

async function inspect(request: WorkflowInspect): Promise<void> {
  const {
    name,
    options: { input },
  } = await load(request);
  const problem = await check(input, request.input ?? {}, "The parameters do").then(
    () => undefined,
    (thrown: unknown) => LibrettoError.from(thrown).message,
  );
  const schema = input && jsonSchemaOf(input);
  send({
    type: "inspected",
    name,
    takesInput: input !== undefined,
    ...(problem === undefined ? {} : { problem }),
    ...(schema === undefined ? {} : { schema }),
  });
}

/** Some schemas tell themselves as JSON Schema (https://standardschema.dev/json-schema): zod's do, of version 4.2 and above. */
function jsonSchemaOf(schema: Schema): unknown {
  const { jsonSchema } = schema["~standard"] as { jsonSchema?: { input(options: { target: string }): unknown } };
  try {
    return jsonSchema?.input({ target: "draft-2020-12" });
  } catch {
    // Not every type has a counterpart there.
    return undefined;
  }
}

/** Loads a saved login, over a connection of its own: what is done for that is no action of the workflow's. */
async function logIn({ artifacts, profiles }: WorkflowStart, profile: string): Promise<void> {
  const bridge = new PlaywrightBridge(hostWire.openChannel, "drives", artifacts);
  bridge.onActive((phase, span) => send({ type: "active", phase, span }));
  try {
    await loadLogin(await bridge.context(), profiles, profile);
  } finally {
    await bridge.close();
  }
}

/** Playwright, with every action recorded. */
async function attach(bridge: PlaywrightBridge, { targetId }: WorkflowStart): Promise<Page> {
  const recorder = new ActionRecorder({
    targetIdOf: (page) => bridge.targetId(page),
    record: (row) => send({ type: "action", row }),
    learn: (value) => send({ type: "secret", value }),
  });
  const guard = new CrashGuard(bridge);
  bridge.onConnect((browser, context) => {
    showPlaywrightObjects(browser);
    interceptClientCalls(browser, (call, next) => {
      const recorded = (): Promise<unknown> => recorder.send(call, () => guard.send(call, next));
      const send = (): Promise<unknown> => failedCalls.send(call, recorded);
      const step = isStepping && !recorder.isAsking ? pauseBefore(call) : undefined;
      return guard.follow(call, () => (step === undefined ? send() : step.then(send)));
    });
    for (const page of context.pages()) void emulateFocus(page);
    context.on("page", (page) => void emulateFocus(page));
  });
  // A program that nobody watches gets what Playwright's users know: a dialog that it does not answer is closed.
  bridge.onDialog((dialog) => {
    const page = dialog.page();
    if (page && listenerCount(page) === 0 && listenerCount(page.context()) <= 1)
      void (dialog.type() === "beforeunload" ? dialog.accept() : dialog.dismiss()).catch(() => undefined);
  });
  bridge.onCancelDownload((guid) => send({ type: "cancelDownload", guid }));
  bridge.onActive((phase, span) => send({ type: "active", phase, span }));
  return targetId === undefined ? (await bridge.context()).newPage() : bridge.page(targetId);
}

function listenerCount(object: object): number {
  return (object as { listenerCount(event: string): number }).listenerCount("dialog");
}

function findWorkflow(exported: Record<string, unknown>, file: string): Workflow {
  const found = exported["default"];
  if (typeof found === "object" && found !== null && Symbol.for("libretto.workflow") in found) return found as Workflow;
  throw new LibrettoError(
    "CodeFailed",
    `${shortPath(file)} has no workflow as its default export.`,
    'Begin with: import { workflow } from "libretto"; export default workflow("name", { }, async ({ page }) => { … });',
  );
}

/** Checks a value against a schema; an error names each place in the data. */
async function check(
  schema: Schema | undefined,
  value: unknown,
  what: string,
  code: "Usage" | "WorkflowFailed" = "Usage",
): Promise<unknown> {
  if (schema === undefined) return value;
  if (typeof (schema["~standard"] as unknown) !== "object")
    throw new LibrettoError(
      "CodeFailed",
      "The workflow's schema cannot be used: it is none of zod 3.24 or later, nor of another library that follows Standard Schema.",
      "Update zod, or make the schema with the zod that comes with Libretto.",
    );
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message, path }) => `${pathText(path ?? [])}${message}`);
  const message = `${what} not fit the workflow's schema: ${issues.slice(0, 5).map(shorten).join("; ")}${issues.length > 5 ? `; and ${issues.length - 5} more` : ""}`;
  throw code === "Usage"
    ? usageError(message, "Give them with --params '{…}' or --params-file <path>.")
    : new LibrettoError(code, message, "Correct what the workflow returns, or its output schema.");
}

/** `items[2].price: ` */
function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  const text = path
    .map((part) => (typeof part === "object" ? part.key : part))
    .reduce<string>(
      (before, key) =>
        typeof key === "number" ? `${before}[${key}]` : before === "" ? String(key) : `${before}.${String(key)}`,
      "",
    );
  return text === "" ? "" : `${text}: `;
}

/** @param library path of the library whose `pause` is meant */
function stopsAt(library = ""): (called: unknown) => boolean {
  const { pause: itsPause } = createRequire(__filename)(library) as { pause: unknown };
  return (called) => (hasStopped = isDebugged && called === itsPause && process.env["NODE_ENV"] !== "production");
}

function pause(_session: string, reason?: string): Promise<void> {
  if (hasStopped) {
    hasStopped = false;
    return Promise.resolve();
  }
  return pausedUntilResumed({
    ...placeOf(loader?.find(new Error().stack ?? "")),
    ...(reason === undefined ? {} : { reason: shorten(reason.replace(/\s+/g, " ")) }),
  });
}

/** Pauses before a call that the user's files make; what Playwright and this program ask by themselves is no step. */
function pauseBefore(call: ClientCall): Promise<void> | undefined {
  const place = call.apiName === undefined ? undefined : loader?.find(new Error().stack ?? "");
  if (!place) return undefined;
  const locator = locatorOf(call);
  const before = locator === undefined ? call.apiName : `${call.apiName} on ${String(locator)}`;
  return pausedUntilResumed({ ...placeOf(place), before: shorten(before ?? "") });
}

function placeOf(place: FilePlace | undefined): { where?: string } {
  return place ? { where: `${shortPath(place.file)}:${place.line}` } : {};
}

function pausedUntilResumed(pause: PauseInfo): Promise<void> {
  return new Promise((resolve) => {
    const number = ++pauseCount;
    pauses.set(number, resolve);
    send({ type: "paused", number, ...pause });
  });
}

function resume(upTo: number, step: boolean): void {
  isStepping = step;
  for (const [number, goOn] of pauses) {
    if (number > upTo) continue;
    pauses.delete(number);
    goOn();
  }
}

let failed = false;

/** Tells the failure, once, with the place in the user's file. The host then ends this process. */
function fail(thrown: unknown): void {
  if (failed) return;
  failed = true;
  const error = describe(thrown);
  const tell = (sought?: Sought): void => send({ type: "failed", phase, error, ...(sought ? { sought } : {}) });
  if (!(thrown instanceof Error)) return tell();
  failedCalls.soughtBy(thrown, messageOf(thrown).length).then(tell, () => tell());
}

function describe(thrown: unknown): ErrorData {
  // What cannot be loaded while the workflow runs is a failure of the run: its page is there to look at.
  if (thrown instanceof LibrettoError)
    return { ...withoutLog(thrown).toJSON(), ...(phase === "run" ? { code: "WorkflowFailed" as const } : {}) };
  const code = phase === "load" ? "CodeFailed" : "WorkflowFailed";
  const hint = phase === "load" ? "Correct the file and run it again." : "The browser stays as the workflow left it.";
  if (!(thrown instanceof Error))
    return {
      code,
      message: shorten(`The workflow threw ${typeof thrown === "string" ? thrown : inspectSafely(thrown)}`),
      hint,
    };
  if (process.env["LIBRETTO_DEBUG"]) liveConsole.write("error", thrown.stack ?? "");
  const place = loader?.find(thrown.stack ?? "");
  return {
    code,
    message: `${messageOf(thrown)}${place ? ` (${shortPath(place.file)}:${place.line}:${place.column}): ${place.excerpt}` : ""}`,
    hint,
    ...(place ? { place: { file: place.file, line: place.line, column: place.column } } : {}),
  };
}

/** Packages that a workflow may import where the user has not installed them. */
function ownPackages(): Record<string, string> {
  const require = createRequire(__filename);
  const zod = join(__dirname, "zod.js");
  const found: Record<string, string> = { libretto: join(__dirname, "index.js"), zod, "zod/v4": zod };
  for (const name of ["zod", "zod/mini", "zod/v4", "playwright-core"]) {
    try {
      found[name] = require.resolve(name);
    } catch {
      // An installation without it: our copy of zod, or else the user's own package.
    }
  }
  return found;
}
