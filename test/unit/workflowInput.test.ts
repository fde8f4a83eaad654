import assert from "node:assert/strict";
import * as z from "zod";
import { describeInput, exampleInput } from "../../src/sessions/operations/inspectWorkflow.js";

describe("S18: what a workflow's parameters are", () => {
  const schema = z.toJSONSchema(
    z.object({
      title: z.string(),
      copies: z.int().default(1),
      size: z.enum(["s", "l"]),
      tags: z.array(z.string()),
      to: z.object({ name: z.string(), gift: z.boolean() }),
      note: z.string().optional(),
    }),
    { io: "input" },
  );

  it("is told in one line", () =>
    assert.equal(
      describeInput(schema),
      'title: string, copies?: integer, size: "s" | "l", tags: string[], to: object, note?: string',
    ));
  it("begins with what is required", () =>
    assert.deepEqual(exampleInput(schema), { title: "", size: "s", tags: [], to: { name: "", gift: false } }));
  it("is unknown without a schema", () =>
    assert.deepEqual([describeInput(undefined), exampleInput(undefined)], ["", {}]));
});
