import assert from "node:assert/strict";
import { useFixtures } from "../support/fixtures.js";

const transports: [name: string, env: Record<string, string>][] = [
  ["the runtime's own pipe", {}],
  ["net, where the pipe cannot be had without a warning", { NODE_OPTIONS: "--pending-deprecation" }],
];

describe("A command's connection to its host", () => {
  const given = useFixtures("connection");

  before(() => given.workspace.open(given.site.url(), "--session", "wire"));

  for (const [name, env] of transports) {
    describe(`over ${name}`, () => {
      const exec = async (code: string): Promise<unknown> =>
        JSON.parse(
          await given.workspace.ok(["exec", "--session", "wire", "--json", "-"], { input: code, env }),
        ) as unknown;

      it("S15: carries megabytes both ways, and characters of every length, whole", async () => {
        const text = "aé漢🦊".repeat(400_000);
        const { result } = (await exec(`const text = ${JSON.stringify(text)}; return [text.length, text]`)) as {
          result: [number, string];
        };
        assert.equal(result[0], text.length);
        assert.ok(result[1] === text, "the text came back changed");
      });

      it("prints nothing of its own on standard error", async () => {
        const { stderr, stdout } = await given.workspace.cli(
          ["readonly-exec", "--session", "wire", "return await page.title()"],
          { env },
        );
        assert.deepEqual({ stdout, stderr }, { stdout: "The Shelf\n", stderr: "" });
      });

      it("S16: Ctrl-C reaches the code that runs", async () => {
        const running = given.workspace.start(
          ["exec", "--session", "wire", "console.log('begun'); await new Promise(() => {})"],
          { env },
        );
        await running.waitFor("stderr", /begun/);
        running.interrupt();
        assert.equal((await running.exit).status, 130);
        assert.equal(await given.workspace.ok(["exec", "--session", "wire", "return 1 + 1"], { env }), "2");
      });

      it("a host that dies during the request is a clear error", async () => {
        await given.workspace.open(given.site.url(), "--session", "dying");
        const running = given.workspace.start(
          ["exec", "--session", "dying", "console.log('begun'); await new Promise(() => {})"],
          { env },
        );
        await running.waitFor("stderr", /begun/);
        process.kill(given.workspace.requireState("dying").hostPid, "SIGKILL");
        const { status, stderr } = await running.exit;
        assert.equal(status, 1);
        assert.match(stderr, /error: The connection to the session host ended .*\nhint: Run the command again/);
        assert.equal(
          await given.workspace.ok(["readonly-exec", "--session", "dying", "return await page.title()"], { env }),
          "The Shelf",
        );
        await given.workspace.ok(["close", "--session", "dying"], { env });
      });
    });
  }
});
