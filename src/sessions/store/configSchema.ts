/** The shape of `.libretto/config.json` (SPEC section C); `config.ts` reads the file and says what is wrong with it. */
import * as z from "zod/mini";
import { accessModes } from "../model/policy.js";

const positive = z.number().check(z.positive());
const count = z.int().check(z.positive());

export const configSchema = z.looseObject({
  version: z.literal(1),
  sessionMode: z.optional(z.enum(accessModes)),
  viewport: z.optional(z.object({ width: count, height: count })),
  headless: z.optional(z.boolean()),
  sealed: z.optional(z.boolean()),
  executablePath: z.optional(z.string().check(z.minLength(1))),
  channel: z.optional(z.enum(["chrome", "msedge", "chromium", "headless-shell"])),
  idleTimeoutMinutes: z.optional(positive),
  leaseMinutes: z.optional(positive),
  redact: z.optional(z.boolean()),
  bodyLimitBytes: z.optional(z.int().check(z.nonnegative())),
  rotateBytes: z.optional(count),
  film: z.optional(z.boolean()),
  grid: z.optional(
    z.looseObject({
      url: z.optional(z.string().check(z.minLength(1))),
      capabilities: z.optional(z.record(z.string(), z.unknown())),
      queueTimeoutMs: z.optional(count),
    }),
  ),
  readonlyExec: z.optional(
    z.looseObject({
      timeoutMs: z.optional(count),
      memoryBytes: z.optional(count),
      outputBytes: z.optional(count),
      pendingCalls: z.optional(count),
    }),
  ),
});
