/**
 * The library that workflows import. A workflow is a trusted program of the user's: it drives the page whatever
 * the session's mode, which holds for everybody else. It is run by `libretto run <file>`.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";

/** What a schema must offer (https://standardschema.dev); zod's do, of version 3.24 and above. */
export interface Schema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The outcome of a check: the value, or what is wrong with it and where. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: ReadonlyArray<{
        readonly message: string;
        readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
      }>;
    };

/** The type that a schema's check gives out. */
export type OutputOf<S> = S extends {
  readonly "~standard": { readonly types?: { readonly output: infer Output } | undefined };
}
  ? Output
  : unknown;
/** The type that a schema's check takes. */
export type InputOf<S> = S extends {
  readonly "~standard": { readonly types?: { readonly input: infer Input } | undefined };
}
  ? Input
  : unknown;

/** Tells the one who runs the workflow how it goes: live in the terminal, and in the session's log. */
export interface WorkflowLog {
  (...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
}

/** What a workflow gets. */
export interface WorkflowContext<Input> {
  page: Page;
  context: BrowserContext;
  browser: Browser;
  /** The session's name. */
  session: string;
  /** The parameters, as the `input` schema gives them out. */
  input: Input;
  log: WorkflowLog;
}

/** The context under the name that the public `libretto` package gives it. */
export type LibrettoWorkflowContext = WorkflowContext<unknown>;

export interface WorkflowOptions<InputSchema extends Schema | undefined, OutputSchema extends Schema | undefined> {
  /** Checks the parameters before anything happens. */
  input?: InputSchema;
  /** Checks the result. */
  output?: OutputSchema;
  /** Opened before the workflow begins. */
  startUrl?: string;
  /** A saved login (`libretto save`) or its name, loaded before anything is opened. */
  authProfile?: string | { readonly name: string; readonly refresh?: boolean };
  /** Size of the page in CSS pixels, set before `startUrl` is opened. */
  viewport?: { readonly width: number; readonly height: number };
}

/**
 * What does the work. `workflow` takes it as a type of its own: only so does TypeScript see, while it looks at what
 * is returned, that the schema wants `"a" | "b"` and not any text.
 */
export type WorkflowHandler<InputSchema extends Schema | undefined, OutputSchema extends Schema | undefined> = (
  context: WorkflowContext<OutputOf<InputSchema>>,
  input: OutputOf<InputSchema>,
) => Promise<InputOf<OutputSchema>> | InputOf<OutputSchema>;

/** A workflow, as `libretto run` finds it in a file's default export. */
export interface Workflow<
  InputSchema extends Schema | undefined = Schema | undefined,
  OutputSchema extends Schema | undefined = Schema | undefined,
> {
  readonly name: string;
  readonly options: WorkflowOptions<InputSchema, OutputSchema>;
  readonly handler: (context: WorkflowContext<never>, input: never) => unknown;
  /**
   * Runs it within another one, on that one's page. What its options say of a browser is for `libretto run`.
   * @throws TypeError for parameters that do not fit
   */
  run(
    context: Pick<WorkflowContext<unknown>, "page" | "session">,
    input: InputOf<InputSchema>,
  ): Promise<OutputOf<OutputSchema>>;
}

/** Marks what `workflow` made, across copies of this library. */
const mark = Symbol.for("libretto.workflow");
/** Where the process of a run leaves what `pause` needs. */
const runtime = Symbol.for("libretto.workflow.runtime");

/**
 * Describes a workflow; make it the file's default export.
 * @param name for people, in lists and messages
 * @param handler does the work; what it returns is checked by `output` and printed as JSON. The parameters stand
 * in its context, and are its second argument, too
 */
export function workflow<
  InputSchema extends Schema | undefined = undefined,
  OutputSchema extends Schema | undefined = undefined,
  Handler extends WorkflowHandler<InputSchema, OutputSchema> = WorkflowHandler<InputSchema, OutputSchema>,
>(
  name: string,
  options: WorkflowOptions<InputSchema, OutputSchema>,
  handler: Handler,
): Workflow<InputSchema, OutputSchema>;
export function workflow<
  InputSchema extends Schema | undefined = undefined,
  OutputSchema extends Schema | undefined = undefined,
  Handler extends WorkflowHandler<InputSchema, OutputSchema> = WorkflowHandler<InputSchema, OutputSchema>,
>(
  name: string,
  options: WorkflowOptions<InputSchema, OutputSchema> & { handler: Handler },
): Workflow<InputSchema, OutputSchema>;
export function workflow(name: string, handler: WorkflowHandler<undefined, undefined>): Workflow<undefined, undefined>;
export function workflow(
  name: string,
  given:
    | (WorkflowOptions<Schema | undefined, Schema | undefined> & { handler?: unknown })
    | ((...values: never[]) => unknown),
  third?: unknown,
): Workflow {
  const options = typeof given === "function" ? {} : given;
  const handler = typeof given === "function" ? given : (third ?? given.handler);
  if (typeof name !== "string" || name === "")
    throw new TypeError("workflow(name, options, handler): the name must be a text that is not empty.");
  if (typeof handler !== "function")
    throw new TypeError("workflow(name, options, handler): the handler must be a function.");
  const made: Workflow = {
    name,
    options,
    handler: handler as unknown as Workflow["handler"],
    run: (context, input) => runWithin(made, context, input),
  };
  Object.defineProperty(made, mark, { value: true });
  return made;
}

async function runWithin(
  { name, options, handler }: Workflow,
  around: Pick<WorkflowContext<unknown>, "page" | "session">,
  given: unknown,
): Promise<unknown> {
  const checked = await options.input?.["~standard"].validate(given);
  if (checked?.issues) {
    const [issue] = checked.issues;
    const path = (issue?.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
    throw new TypeError(`Invalid input for workflow "${name}": ${path === "" ? "" : `${path}: `}${issue?.message}`);
  }
  const input = checked ? checked.value : given;
  const context = around.page.context();
  const log = Object.assign((...values: unknown[]) => console.log(...values), {
    info: (...values: unknown[]) => console.info(...values),
    warn: (...values: unknown[]) => console.warn(...values),
    error: (...values: unknown[]) => console.error(...values),
  });
  return handler({ context, browser: context.browser(), log, ...around, input } as never, input as never);
}

export interface PauseOptions {
  /** Why, in one line: shown by the list, in the sidebar and in the log. */
  reason?: string;
}

/**
 * Stops here until somebody resumes the session (`libretto resume --session <name>`, or in the sidebar). The
 * page can be looked at meanwhile. Where `NODE_ENV` is `production` it goes on at once.
 */
export async function pause(session: string | { readonly name: string }, options: PauseOptions = {}): Promise<void> {
  if (process.env["NODE_ENV"] === "production") return;
  const running = (globalThis as Record<symbol, unknown>)[runtime] as
    { pause(session: string, reason: string | undefined): Promise<void> } | undefined;
  await running?.pause(typeof session === "string" ? session : session.name, options.reason);
}
