/** What each tool takes. Loaded when it is asked for: the first answer of the server does not wait for it. */
import * as z from "zod/mini";
import { actActions, maxSteps } from "../sessions/model/actSteps.js";
import type { ToolName } from "./toolList.js";

const said = <T>(text: string): z.core.$ZodCheck<T> => z.describe<T>(text);
const text = (description: string, max = 2_000): z.ZodMiniOptional<z.ZodMiniString> =>
  z.optional(z.string().check(z.maxLength(max), said(description)));
const count = (description: string, max: number, min = 1): z.ZodMiniOptional<z.ZodMiniNumber> =>
  z.optional(z.int().check(z.minimum(min), z.maximum(max), said(description)));
const session = z.optional(z.string().check(z.maxLength(64), said("Its name; may be left out where one is live.")));
const page = text("Id of a page, from sessions; else the most recently active one.", 100);
const maxChars = count("Characters of the answer.", 200_000, 500);

const code = { session, page, timeout_ms: count("Milliseconds allowed.", 600_000), max_chars: maxChars };

/** What each tool takes. */
export const inputs = {
  sessions: z.strictObject({ session: text("Tell about this one alone, with its pages.", 64) }),
  open: z.strictObject({
    url: text("Where to.", 8_000),
    session: text("A name for it.", 64),
    mode: z.optional(z.enum(["read-only", "write-access"])),
    locked: z.optional(z.boolean().check(said("Read-only for good: nobody can unlock it."))),
    sealed: z.optional(z.boolean().check(said("False: with a debugging port, which other programs can use."))),
    headless: z.optional(z.boolean()),
    viewport: text("Pixels, such as 1280x720.", 20),
  }),
  close: z.strictObject({ session: z.string().check(z.maxLength(64)) }),
  snapshot: z.strictObject({
    session,
    page,
    ref: text("An element: its subtree alone.", 30),
    find: text("Only what holds this text, or fits this /regular expression/.", 500),
    since: text("Id of an earlier snapshot: only what changed.", 50),
    depth: count("Levels of the tree.", 200),
    interactive: z.optional(z.boolean().check(said("Only what can be clicked, typed into or chosen."))),
    max_chars: maxChars,
  }),
  screenshot: z.strictObject({ session, page }),
  read: z.strictObject({ code: z.string().check(z.maxLength(1_000_000)), ...code }),
  logs: z.strictObject({
    session,
    kind: z.optional(z.enum(["logs", "network", "actions", "all"])),
    filter: text("Such as: status:>=400 domain:example.com", 1_000),
    since: text("90s, 5m, 2h, or an ISO time.", 40),
    lines: count("The newest so many rows (50).", 1_000),
    cursor: text("Of an earlier answer: rows written after it.", 1_000),
    full: z.optional(z.boolean().check(said("Whole rows as JSON, with headers and bodies."))),
    max_chars: maxChars,
  }),
  act: z.strictObject({
    session,
    page,
    steps: z
      .array(
        z.strictObject({
          action: z.enum(actActions),
          target: text("Ref, or a Playwright locator.", 100_000),
          value: text("Text, key, address, state, or accept or dismiss.", 100_000),
          values: z.optional(z.array(z.string().check(z.maxLength(100_000))).check(z.maxLength(100))),
        }),
      )
      .check(z.minLength(1), z.maxLength(maxSteps)),
    timeout_ms: count("Of each step.", 600_000),
    max_chars: maxChars,
  }),
  request_write_access: z.strictObject({
    session,
    reason: z.string().check(z.minLength(1), z.maxLength(500)),
    minutes: z.optional(z.number().check(z.minimum(0.1), z.maximum(1_440), said("For how long."))),
    wait: z.optional(z.boolean().check(said("Answer when the person has decided."))),
  }),
  exec: z.strictObject({ code: z.string().check(z.maxLength(1_000_000)), ...code }),
  run: z.strictObject({
    file: z.string().check(z.maxLength(4_000), said("Path of the workflow.")),
    input: z.optional(z.unknown()),
    session: text("A name for it.", 64),
    mode: z.optional(z.enum(["read-only", "write-access"])),
    headless: z.optional(z.boolean()),
    stay_open: z.optional(z.boolean()),
    max_chars: maxChars,
  }),
} as const satisfies Record<ToolName, z.ZodMiniObject>;

export type ToolInput<Name extends ToolName> = z.infer<(typeof inputs)[Name]>;

/** The JSON Schema of what a tool takes, without what says nothing. */
export function schemaOf(name: ToolName): { type: "object" } {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(inputs[name], {
    io: "input",
    override: ({ jsonSchema }) => {
      // What it can take of a text is bounded so that nothing grows; a client need not read how.
      delete jsonSchema.maxLength;
      if (jsonSchema.minLength === 0) delete jsonSchema.minLength;
    },
  });
  return schema as { type: "object" };
}
