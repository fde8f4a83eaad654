import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Verbs that make no sense in one of the clients, with the reason. */
const leftOut: Record<"cli" | "views", Record<string, string>> = {
  cli: { liveView: "a terminal shows no moving pictures" },
  views: {},
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

/** What the tests of a real window say and do: they name a command by its id, or by its title in the palette. */
const windowTests = ["test/host", "test/e2e", "test/support/vscode"].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(path.join(folder, name), "utf8")),
);

describe("law 5: each verb's commands are given in a real window of VS Code, by a test that sees what they do", () => {
  const registered = readFileSync("src/views/commands/registerCommands.ts", "utf8");
  const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as {
    contributes: { commands: { command: string; title: string }[] };
  };
  const texts = JSON.parse(readFileSync("package.nls.json", "utf8")) as Record<string, string>;
  for (const verb of verbs.map((name) => path.basename(name, ".ts"))) {
    it(`the commands of ${verb}`, () => {
      const ids = [...registered.matchAll(/CommandId\.(\w+)\]: async \(\) => \(await import\("\.\/(\w+)\.js"\)/g)]
        .filter(([, , file]) => file === verb)
        .map(([, id]) => `libretto.${id}`);
      assert.notEqual(ids.length, 0, `no command is in src/views/commands/${verb}.ts`);
      for (const id of ids) {
        const title = contributes.commands.find(({ command }) => command === id)?.title.replaceAll("%", "") ?? "";
        const words = [id, (texts[title] ?? title).replace(/…$/, "")];
        assert.ok(
          windowTests.some((test) => words.some((word) => new RegExp(`["'\`](Libretto: )?${word}\\b`).test(test))),
          `no test gives ${words.join(", ")}`,
        );
      }
    });
  }
});

/** The tools in which each verb is offered to a client of the Model Context Protocol, or why it is not. */
const tools: Record<string, readonly string[] | string> = {
  act: ["act"],
  close: ["close"],
  connect: "a browser that is somebody's own is a person's to hand over",
  exec: ["exec"],
  export: "what a script is made of is a person's; logs gives the rows",
  gc: "what was left behind is a person's to end",
  list: ["sessions"],
  liveView: "moving pictures are for people; screenshot gives one",
  logs: ["logs"],
  open: ["open"],
  pages: ["sessions"],
  profiles: "saved logins are a person's",
  readonlyExec: ["read"],
  requestAccess: ["requestWriteAccess"],
  resume: "where a workflow pauses, it waits for a person",
  run: ["run"],
  save: "saving a login is a person's",
  sessionMode: "no tool unlocks a session",
  setup: "what is installed is a person's to decide",
  snapshot: ["snapshot", "screenshot"],
  status: "it is about the machine, which is a person's",
  stop: "a call of run that is cancelled stops its workflow",
};

describe("law 5: a verb of the core is a tool, or there is a reason", () => {
  for (const verb of verbs.map((name) => path.basename(name, ".ts"))) {
    it(`mcp has ${verb}, or does without`, () => {
      const there = tools[verb];
      assert.ok(there !== undefined, `add ${verb} to src/mcp/tools, or its reason here`);
      if (typeof there === "string") return;
      for (const tool of there)
        assert.match(
          readFileSync(path.join("src/mcp/tools", `${tool}.ts`), "utf8"),
          new RegExp(`from "../../sessions/operations/${verb}.js"`),
        );
    });
  }
});
