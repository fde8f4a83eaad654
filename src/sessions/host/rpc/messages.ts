/** What a host accepts from a client: every message is checked here before anything is done with it. */
import { isAbsolute } from "node:path";
import * as z from "zod/mini";
import { LibrettoError } from "../../util/errors.js";
import { actActions, maxSteps, maxStepText } from "../../model/actSteps.js";
import { maxGrantMs } from "../../model/duration.js";
import { accessModes } from "../../model/policy.js";
import { liveSchemas } from "./liveMessages.js";
import { maxCodeLength, maxTimeoutMs, type Method, type Requests } from "../../ipc/protocol.js";

const none = z.strictObject({});
const timeout = z.optional(z.int().check(z.positive(), z.maximum(maxTimeoutMs)));
const page = z.optional(z.string().check(z.minLength(1), z.maxLength(64)));
const code = z.strictObject({ code: z.string().check(z.maxLength(maxCodeLength)), page, timeoutMs: timeout });

const grant = z.optional(z.int().check(z.positive(), z.maximum(maxGrantMs)));
const until = z.optional(z.enum(["pause", "end"]));
const path = z.string().check(z.minLength(1), z.maxLength(4096));
/** The name of a saved login, or the absolute path of a file in Playwright's own format. */
const profile = z.union([
  z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)),
  path.check(z.refine(isAbsolute)),
]);

const stepText = z.string().check(z.maxLength(maxStepText));

const schemas = {
  hello: z.strictObject({
    protocol: z.int(),
    version: z.string(),
    client: z.string().check(z.maxLength(200)),
    session: z.string(),
  }),
  ping: none,
  status: none,
  pages: z.strictObject({ watching: z.optional(z.boolean()) }),
  activate: z.strictObject({ page: z.string().check(z.minLength(1), z.maxLength(64)) }),
  exec: code,
  "readonly-exec": code,
  snapshot: z.strictObject({
    page,
    ref: z.optional(z.string().check(z.regex(/^(f\d+)?e\d+$/))),
    find: z.optional(z.string().check(z.minLength(1), z.maxLength(1_000))),
    since: z.optional(z.string().check(z.regex(/^\d[\d-]{1,40}$/))),
    depth: z.optional(z.int().check(z.positive(), z.maximum(1_000))),
    interactive: z.optional(z.boolean()),
    maxChars: z.optional(z.int().check(z.minimum(200), z.maximum(10_000_000))),
    noPicture: z.optional(z.boolean()),
  }),
  act: z.strictObject({
    steps: z
      .array(
        z.strictObject({
          action: z.enum(actActions),
          target: z.optional(stepText),
          value: z.optional(stepText),
          values: z.optional(z.array(stepText).check(z.maxLength(100))),
        }),
      )
      .check(z.minLength(1), z.maxLength(maxSteps)),
    page,
    timeoutMs: timeout,
    maxChars: z.optional(z.int().check(z.positive(), z.maximum(1_000_000))),
  }),
  "session-mode": z.strictObject({
    mode: z.enum(accessModes),
    running: z.optional(z.enum(["cancel", "wait"])),
    forMs: grant,
  }),
  "request-access": z.strictObject({
    reason: z.string().check(z.minLength(1), z.maxLength(500)),
    forMs: grant,
    wait: z.optional(z.boolean()),
  }),
  run: z.strictObject({
    workflow: z.optional(
      z.strictObject({
        file: path,
        tsconfig: z.optional(path),
        input: z.optional(z.unknown()),
        authProfile: z.optional(profile),
        keepPage: z.optional(z.boolean()),
        cwd: path,
        page,
        env: z.optional(z.record(z.string(), z.string())),
      }),
    ),
    again: z.optional(z.boolean()),
    mode: z.optional(z.enum(accessModes)),
    attach: z.optional(z.boolean()),
    until,
    stayOpen: z.optional(z.boolean()),
    debug: z.optional(
      z.strictObject({
        port: z.optional(z.int().check(z.minimum(1), z.maximum(65_535))),
        breakAtStart: z.optional(z.boolean()),
      }),
    ),
  }),
  resume: z.strictObject({ until, step: z.optional(z.boolean()) }),
  stop: none,
  save: z.strictObject({
    profile,
    sites: z.array(z.string().check(z.minLength(1), z.maxLength(253))).check(z.minLength(1), z.maxLength(100)),
    page,
  }),
  close: none,
  ...liveSchemas,
} satisfies Record<Method, z.ZodMiniType>;

/** Whether the host knows the method. */
export function isMethod(method: string): method is Method {
  return Object.hasOwn(schemas, method);
}

/** Checks the parameters of a request. @throws `Usage`, naming the field */
export function parseParams<M extends Method>(method: M, params: unknown): Requests[M]["params"] {
  const parsed = (schemas[method] as z.ZodMiniType).safeParse(params ?? {});
  if (parsed.success) return parsed.data as Requests[M]["params"];
  const issue = parsed.error.issues[0];
  throw new LibrettoError(
    "Usage",
    `The request "${method}" is not well formed: ${[...(issue?.path ?? []).map(String), issue?.message ?? "unknown"].join(": ")}.`,
    "See src/sessions/ipc/protocol.ts for the messages.",
  );
}
