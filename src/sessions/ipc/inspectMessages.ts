/** What a client asks a workflow's process before a session is opened for it, over Node's channel between processes. */
import type { ErrorData } from "../util/errors.js";

/** Asks what the file holds and whether the parameters fit; no browser is needed. Paths are absolute. */
export interface WorkflowInspect {
  type: "inspect";
  file: string;
  tsconfig?: string;
  /** The parameters, as they were given; the workflow's schema checks them. */
  input?: unknown;
  cwd: string;
}

/** `problem`: why the parameters do not fit. `schema`: what they should be, where the schema can tell it as JSON Schema. */
export interface WorkflowInspected {
  type: "inspected";
  name: string;
  takesInput: boolean;
  problem?: string;
  schema?: unknown;
}

export type InspectAnswer = WorkflowInspected | { type: "failed"; error: ErrorData };

/** What a process that runs a user's code gets before anything else. */
export interface Surroundings {
  /** The environment of the code. */
  env: Record<string, string>;
}
