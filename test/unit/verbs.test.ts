import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** Verbs that make no sense in one of the clients, with the reason. */
const leftOut: Record<"cli" | "views", Record<string, string>> = {
  cli: { liveView: "a terminal shows no moving pictures" },
  views: { liveView: "the core of it is here; its editor tab is not built yet" },
};

/** What the verbs share. */
const shared = [
  "activatePage",
  "codeRequest",
  "context",
  "generatedNames",
  "inspectWorkflow",
  "newSession",
  "registry",
  "runOutcome",
].map((name) => `${name}.ts`);

const verbs = readdirSync("src/sessions/operations").filter((name) => name.endsWith(".ts") && !shared.includes(name));

describe("law 5: a verb of the core is a command of both clients", () => {
  for (const client of ["cli", "views"] as const) {
    for (const verb of verbs) {
      const reason = leftOut[client][path.basename(verb, ".ts")];
      it(`${client} has ${path.basename(verb, ".ts")}${reason === undefined ? "" : `, or does without: ${reason}`}`, () => {
        assert.equal(existsSync(path.join("src", client, "commands", verb)), reason === undefined);
      });
    }
  }
});
