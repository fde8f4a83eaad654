import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { cliPath, repositoryRoot } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { serveMcpOverHttp, type Message } from "../support/mcpHttp.js";

const run = promisify(execFile);

/** A session by the name that the suite puts into the address of a resource. */
const session = "123";

/** What the suite asks its own server for, in the words of ours: tools and resources of the same kind. */
const renamed: Record<string, object> = {
  test_simple_text: { name: "sessions" },
  test_image_content: { name: "screenshot" },
  // Fails in a read-only session.
  test_error_handling: { name: "act", arguments: { steps: [{ action: "reload" }] } },
  test_simple_prompt: { name: "diagnose", arguments: { session } },
  test_prompt_with_arguments: { name: "compare", arguments: { left: "testValue1", right: "testValue2" } },
  "test://static-text": { uri: `libretto://sessions/${session}/logs` },
  "test://template/123/data": { uri: `libretto://sessions/${session}` },
  "test://watched-resource": { uri: `libretto://sessions/${session}` },
};
const inOurWords = (message: Message): Message => {
  const asked = message.params?.["name"] ?? message.params?.["uri"];
  const ours = typeof asked === "string" ? renamed[asked] : undefined;
  return ours === undefined ? message : { ...message, params: { ...message.params, ...ours } };
};

/** Scored scenarios that do not apply, each with the reason. All others have to pass. */
const doNotApply: Record<string, string> = {
  "logging-set-level": "the server declares no logging: sessions have logs of their own",
  "tools-call-with-logging": "the server declares no logging",
  "completion-complete": "the server declares no completions",
  "tools-call-audio": "no tool gives sound",
  "tools-call-embedded-resource": "no tool gives a resource in its answer",
  "tools-call-mixed-content": "no tool gives a resource in its answer",
  "tools-call-with-progress":
    "the suite wants three steps of a tool of its own; ours tell of waiting, however long it is",
  "tools-call-sampling": "nothing is asked of the client's model",
  "tools-call-elicitation": "nothing is asked of a person through the client (A2)",
  "elicitation-sep1034-defaults": "nothing is asked of a person through the client (A2)",
  "elicitation-sep1330-enums": "nothing is asked of a person through the client (A2)",
  "resources-read-binary": "resources are text alone",
  "prompts-get-embedded-resource": "prompts are text alone",
  "prompts-get-with-image": "prompts are text alone",
  "dns-rebinding-protection": "of servers that listen for HTTP",
  "server-sse-multiple-streams": "of servers that listen for HTTP",
};
/** The server answers no request with a question, so that these have no tool to call. */
const asksForInput = /^input-required-result-(?!unsupported-methods$)/;

/** Checks inside of scenarios that do apply, which are of HTTP, or of tools that the suite's server alone has. */
const checksThatDoNotApply =
  /^sep-2575-(http-server-header-mismatch-400|server-rejects-undeclared-capability|missing-capability-http-400|http-server-no-independent-requests-on-stream|server-no-log-without-loglevel)$/;

interface Check {
  id: string;
  status: string;
  errorMessage?: string;
}

describe("libretto mcp, with programs that others wrote", function () {
  const given = useFixtures("mcpothers");
  let modules: string;
  let node: string;

  before(async function () {
    // The first time they are fetched.
    this.timeout(300_000);
    const { stdout } = await run(process.execPath, [join(repositoryRoot, "scripts", "mcpPackages.mjs"), "clients"]);
    const found = JSON.parse(stdout) as { modules?: string; node?: string };
    if (found.modules === undefined || found.node === undefined)
      leaveOut(this, "MCP clients of others: the npm registry gave no packages, or no Node.js 24");
    ({ modules, node } = found as { modules: string; node: string });
    await given.workspace.open(given.site.url("/counter"), "--session", session, "--read-only");
  });

  /** Runs a program with the newer Node.js, in the workspace. */
  const withNode = async (args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const options = { cwd: given.workspace.folder, env: { ...given.workspace.env, ...env }, maxBuffer: 2 ** 26 };
    try {
      return (await run(node, args, options)).stdout;
    } catch (error) {
      const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
      throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: error });
    }
  };

  const conforms = async (revision: string): Promise<void> => {
    const { workspace } = given;
    const suite = join(modules, "@modelcontextprotocol", "conformance", "dist", "index.js");
    const scored = (await withNode([suite, "list", "--requirements", revision]))
      .split("Client scenarios")[0]
      ?.match(/(?<=^ {2}- )\S+$/gm);
    assert.ok(scored && scored.length >= 30, "the suite names what it scores");
    await using http = await serveMcpOverHttp(
      { command: process.execPath, args: [cliPath, "mcp"], cwd: workspace.folder, env: workspace.env },
      inOurWords,
    );
    const results = join(workspace.scratch, `conformance-${revision}`);
    // Its own verdict is of all scenarios, and of those that do not apply, too.
    await withNode([
      ...[suite, "server", "--url", http.url, "--requirements", revision],
      ...["--output-dir", results, "--timeout", "10000"],
    ]).catch(() => undefined);
    const folders = readdirSync(results);
    const failed: string[] = [];
    let passed = 0;
    for (const scenario of scored) {
      if (Object.hasOwn(doNotApply, scenario) || asksForInput.test(scenario)) continue;
      const folder = folders.find((name) => new RegExp(`^server-${scenario}-\\d{4}-`).test(name)) ?? "";
      const checks = JSON.parse(readFileSync(join(results, folder, "checks.json"), "utf8")) as Check[];
      for (const { id, status, errorMessage } of checks) {
        if (status === "SUCCESS") passed++;
        else if (!["INFO", "SKIPPED"].includes(status) && !checksThatDoNotApply.test(id))
          failed.push(`${scenario}: ${id}: ${errorMessage}`);
      }
    }
    assert.deepEqual(failed, []);
    assert.ok(passed >= 30, `${passed} checks passed`);
  };

  it("A1: the protocol's conformance suite finds nothing in what applies of revision 2025-11-25", () =>
    conforms("2025-11-25"));

  it("A1: the protocol's conformance suite finds nothing in what applies of revision 2026-07-28", () =>
    conforms("2026-07-28"));

  it("A1: the Inspector's command line lists the tools and calls one", async () => {
    const inspector = join(modules, "@modelcontextprotocol", "inspector", "clients", "launcher", "build", "index.js");
    // It hands a server no more of the environment than what it is told to.
    const variables = Object.entries(given.workspace.env)
      .filter(([name, value]) => /^(XDG|LIBRETTO)_/.test(name) && value !== undefined)
      .flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const inspect = async (...args: string[]): Promise<Record<string, unknown>> =>
      JSON.parse(
        await withNode([inspector, "--cli", ...variables, process.execPath, cliPath, "mcp", ...args]),
      ) as Record<string, unknown>;
    const { tools } = (await inspect("--method", "tools/list")) as { tools: { name: string }[] };
    assert.equal(tools.length, 9);
    const called = await inspect("--method", "tools/call", "--tool-name", "read", "--tool-arg", "code=6 * 7");
    assert.match(JSON.stringify(called), /\\n42\\n/);
  });

  it("A1: the client of the AI SDK, with a protocol of its own, lists the tools, calls one and is refused", async () => {
    const code = `
      import { experimental_createMCPClient as create } from ${JSON.stringify(moduleUrl("dist", "index.mjs"))};
      import { Experimental_StdioMCPTransport as Transport } from ${JSON.stringify(moduleUrl("dist", "mcp-stdio", "index.mjs"))};
      const [command, cli] = process.argv.slice(-2);
      const client = await create({ transport: new Transport({ command, args: [cli, "mcp"], env: process.env }) });
      const tools = await client.tools();
      const read = await tools.read.execute({ code: "page.title()" }, {});
      const act = await tools.act.execute({ steps: [{ action: "click", target: "locator('#add')" }] }, {});
      console.log(JSON.stringify({ names: Object.keys(tools), read, act }));
      await client.close();`;
    const said = JSON.parse(await withNode(["--input-type=module", "-e", code, process.execPath, cliPath])) as Record<
      "names" | "read" | "act",
      unknown
    >;
    assert.equal((said.names as string[]).length, 9);
    assert.match(JSON.stringify(said.read), /\\nCounter\\n/);
    assert.match(JSON.stringify(said.act), /RefusedByMode/);
    assert.equal(given.site.count("/count", "POST"), 0);
  });

  it("A1: mcporter lists the tools and calls one", async () => {
    const mcporter = (...args: string[]): Promise<string> =>
      withNode([join(modules, "mcporter", "dist", "cli.js"), ...args], { HOME: given.workspace.scratch });
    const server = [
      "--stdio",
      `${process.execPath} ${cliPath} mcp`,
      "--name",
      "libretto",
      "--cwd",
      given.workspace.folder,
    ];
    assert.match(await mcporter("list", ...server, "--json"), /"request_write_access"/);
    assert.match(await mcporter("call", ...server, "--tool", "read", "--args", '{"code":"6 * 7"}'), /\n42\n/);
  });

  const moduleUrl = (...path: string[]): string => pathToFileURL(join(modules, "@ai-sdk", "mcp", ...path)).href;
});
