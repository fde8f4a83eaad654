/** What a workflow's file holds, before a session is opened for it: its name, its parameters, and whether given ones fit. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { LibrettoError } from "../util/errors.js";
import type { InspectAnswer, Surroundings, WorkflowInspect } from "../ipc/inspectMessages.js";
import type { WorkflowParams } from "../ipc/protocol.js";
import { codeEnvironment, ownEnvironment, type Environment } from "../util/environment.js";

export interface InspectedWorkflow {
  name: string;
  /** Whether it has a schema for parameters. */
  takesInput: boolean;
  /** Why the parameters do not fit, with their paths; undefined where they do. */
  problem: string | undefined;
  /** The parameters as JSON Schema, where the user's schema can tell it. */
  schema: unknown;
}

/**
 * Loads a workflow's file in a process of its own and checks parameters against its schema. The file's top
 * level runs, its handler does not.
 * @param program the bundle of the workflow's process; beside the client's own by default
 * @throws `CodeFailed` for a file that cannot be loaded, `Interrupted`
 */
export function inspectWorkflow(
  { file, tsconfig, input, cwd }: Pick<WorkflowParams, "file" | "tsconfig" | "input" | "cwd">,
  env: Environment,
  signal?: AbortSignal,
  program = join(__dirname, "workflow-worker.js"),
): Promise<InspectedWorkflow> {
  const interrupted = (): LibrettoError =>
    new LibrettoError("Interrupted", "Loading the workflow was cancelled.", "Run it again when you are ready.");
  if (signal?.aborted) return Promise.reject(interrupted());
  return new Promise((resolve, reject) => {
    const worker = fork(program, [], {
      env: ownEnvironment(env),
      execArgv: [],
      serialization: "json",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const abort = (): void => void worker.kill("SIGKILL");
    let settle: () => void = () =>
      reject(
        signal?.aborted
          ? interrupted()
          : new LibrettoError(
              "CodeFailed",
              "The process that loaded the workflow ended before it was loaded.",
              "Look at what the file does at its top level.",
            ),
      );
    signal?.addEventListener("abort", abort, { once: true });
    worker.on("error", (error) => {
      settle = () =>
        reject(
          new LibrettoError(
            "Failed",
            `The workflow's process could not be started: ${error.message}`,
            "Check this installation: `libretto status`.",
            { cause: error },
          ),
        );
    });
    worker.on("message", (message: InspectAnswer) => {
      if (message.type === "inspected")
        settle = () =>
          resolve({
            name: message.name,
            takesInput: message.takesInput,
            problem: message.problem,
            schema: message.schema,
          });
      else if (message.type === "failed") settle = () => reject(LibrettoError.fromData(message.error));
      else return;
      worker.kill("SIGKILL");
    });
    // Not its `close`: a child of the workflow's file may keep its pipes open.
    worker.on("exit", () => {
      signal?.removeEventListener("abort", abort);
      settle();
    });
    worker.send({ type: "surroundings", env: codeEnvironment(env) } satisfies { type: string } & Surroundings);
    worker.send(
      {
        type: "inspect",
        file,
        cwd,
        ...(tsconfig === undefined ? {} : { tsconfig }),
        ...(input === undefined ? {} : { input }),
      } satisfies WorkflowInspect,
      () => undefined,
    );
  });
}

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  items?: JsonSchema;
}

/** Parameters to begin from: what is required, with a value of its type. `{}` where nothing is known. */
export function exampleInput(schema: unknown): unknown {
  const {
    type,
    properties = {},
    required = [],
    default: given,
    enum: choices,
    const: only,
  } = (typeof schema === "object" && schema !== null ? schema : {}) as JsonSchema;
  if (given !== undefined) return given;
  if (only !== undefined) return only;
  if (choices) return choices[0];
  switch (type) {
    case "string":
      return "";
    case "number":
    case "integer":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "null":
      return null;
    default:
      return Object.fromEntries(
        required.flatMap((name) => (properties[name] ? [[name, exampleInput(properties[name])]] : [])),
      );
  }
}

/** The parameters in one line: `title: string, copies?: integer`. Empty where nothing is known. */
export function describeInput(schema: unknown): string {
  const { properties = {}, required = [] } = (
    typeof schema === "object" && schema !== null ? schema : {}
  ) as JsonSchema;
  const typeOf = ({ type, items, enum: choices }: JsonSchema): string =>
    choices
      ? choices.map((choice) => JSON.stringify(choice)).join(" | ")
      : type === "array" && items
        ? `${typeOf(items)}[]`
        : (type ?? "any");
  // With a default a parameter may be left out, whatever the schema's author thinks of it as.
  return Object.entries(properties)
    .map(
      ([name, property]) =>
        `${name}${required.includes(name) && property.default === undefined ? "" : "?"}: ${typeOf(property)}`,
    )
    .join(", ");
}
