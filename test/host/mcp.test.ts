import assert from "node:assert/strict";
import * as vscode from "vscode";
import { descendantsOf, findProcess, type processes, waitUntilGone } from "../support/processTable.js";
import { Site } from "../support/site.js";
import { api, closeEverything, open, stateOf, when, witness, workspaceFolder } from "../support/vscode/inHost.js";

/** The servers that VS Code started. */
const servers = (): ReturnType<typeof processes> =>
  descendantsOf(process.pid).filter(({ command }) => command.join(" ").includes("cli.js mcp"));

describe("A5: VS Code offers the MCP server by itself", () => {
  let site: Site;
  before(async () => {
    site = await Site.start();
    await api();
    await vscode.workspace
      .getConfiguration("chat")
      .update("disableAIFeatures", false, vscode.ConfigurationTarget.Global);
  });
  after(async () => {
    await vscode.workspace
      .getConfiguration("chat")
      .update("disableAIFeatures", undefined, vscode.ConfigurationTarget.Global);
    await closeEverything();
    await site.close();
  });

  /** The tools of the server, which the window knows once it has been started. */
  const tools = (): readonly vscode.LanguageModelToolInformation[] =>
    vscode.lm.tools.filter(({ name, description }) => /^mcp_libretto/.test(name) && description !== "");
  const call = async (tool: string, input: object): Promise<string> => {
    const found = tools().find(({ name }) => name.endsWith(`_${tool}`));
    assert.ok(
      found,
      `${tool} is not among ${tools()
        .map(({ name }) => name)
        .join(", ")}`,
    );
    const { content } = await vscode.lm.invokeTool(found.name, { input, toolInvocationToken: undefined });
    return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : "")).join("\n");
  };
  const start = async (): Promise<void> => {
    await vscode.commands.executeCommand("workbench.mcp.startServer", "*", { waitForLiveTools: true });
  };

  it("A5: its tools are listed and called through vscode.lm, and it starts when one is called", async () => {
    await open("agentseen", site.url("/counter"), "read-only");
    await start();
    const ticks = new vscode.EventEmitter<void>();
    const timer = setInterval(() => ticks.fire(), 100);
    try {
      await when(ticks.event, () => tools().length === 9, "nine tools are listed");
      assert.match(await call("sessions", {}), /"session":"agentseen","status":"active","mode":"read-only"/);
      assert.match(await call("snapshot", { session: "agentseen" }), /button "Add"/);
      const refused = await call("act", {
        session: "agentseen",
        steps: [{ action: "click", target: "locator('#add')" }],
      }).catch((error: Error) => error.message);
      assert.match(refused, /RefusedByMode/);
      assert.equal(await (await witness("agentseen")).evaluate("window.clicks", "/counter"), 0);
      assert.equal(stateOf("agentseen").mode, "read-only");

      // Ended from outside: the next call starts it.
      const [server, ...others] = servers();
      assert.ok(server, "a server runs");
      assert.deepEqual(others, [], "one server a folder");
      process.kill(server.pid, "SIGTERM");
      await waitUntilGone(() => [findProcess(server.pid)].filter((entry) => entry !== undefined));
      const read = (): Promise<string> => call("read", { session: "agentseen", code: "6 * 7" });
      // A call that the window makes before it has noticed is cancelled.
      assert.match(await read().catch(read), /\n42\n/);
      assert.equal(servers().length, 1);
    } finally {
      clearInterval(timer);
      ticks.dispose();
    }
  });

  it("A6: the window's agents have the skill that the extension brings", async () => {
    type PromptFile = { uri: { path: string }; type: string; extensionId: string };
    const files = await vscode.commands.executeCommand<PromptFile[]>("_listExtensionPromptFiles");
    const ours = files.filter(({ extensionId }) => extensionId.toLowerCase() === "libretto.libretto");
    assert.deepEqual(
      ours.map(({ type, uri }) => [type, uri.path.split("/").slice(-3).join("/")]),
      [["skill", "skills/libretto/SKILL.md"]],
    );
  });

  it("A5: the setting takes it away, and gives it back", async () => {
    const { mcp } = await api();
    assert.equal((await mcp.provideMcpServerDefinitions()).length, 1);
    const [definition] = await mcp.provideMcpServerDefinitions();
    assert.equal(definition?.env["LIBRETTO_ROOT"], workspaceFolder());
    const settings = vscode.workspace.getConfiguration("libretto");
    await settings.update("mcp.enabled", false, vscode.ConfigurationTarget.Workspace);
    try {
      assert.deepEqual(await mcp.provideMcpServerDefinitions(), []);
    } finally {
      await settings.update("mcp.enabled", undefined, vscode.ConfigurationTarget.Workspace);
    }
  });
});
