/** Where the extension is put together: everything is made here once, handed to who needs it, and ended here. */
import path from "node:path";
import * as vscode from "vscode";
import { endExpired } from "./sessions/browser/orphans.js";
import { askInBackground } from "./sessions/process/identity.js";
import { AccessWatch } from "./views/accessWatch.js";
import { CellLenses } from "./views/code/codeLens.js";
import { CodeRunner } from "./views/code/codeRunner.js";
import { DenialFixes } from "./views/code/denialFixes.js";
import { CodeDiagnostics } from "./views/code/diagnostics.js";
import { ResultDocuments } from "./views/code/resultDocuments.js";
import { RunMarks } from "./views/code/runMarks.js";
import { SessionChooser } from "./views/code/sessionChooser.js";
import { WorkflowLenses } from "./views/code/workflowLenses.js";
import { WorkflowProblems } from "./views/code/workflowProblems.js";
import { WorkflowRunner } from "./views/code/workflowRunner.js";
import type { CommandContext } from "./views/commands/command.js";
import { registerCommands } from "./views/commands/registerCommands.js";
import { ContextKeyKeeper } from "./views/contextKeys.js";
import { LiveViews } from "./views/liveView/liveViews.js";
import { McpServers } from "./views/mcpServers.js";
import { LogPanes } from "./views/logPane/logPanes.js";
import { SessionsModel } from "./views/model.js";
import { Overview } from "./views/overview/overview.js";
import { SessionsStatus } from "./views/statusBar.js";
import { SessionLinks } from "./views/terminal/links.js";
import { TerminalShim } from "./views/terminal/shim.js";
import { SessionDecorations } from "./views/tree/decorations.js";
import { SessionsTree } from "./views/tree/sessionsTree.js";

/** What the extension's own tests in the host look at; nothing is offered to other extensions. */
export interface TestApi {
  model: SessionsModel;
  tree: SessionsTree;
  mcp: McpServers;
}

export function activate(context: vscode.ExtensionContext): TestApi | undefined {
  const keep = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };

  // One thread serves all extensions of the window.
  askInBackground();
  const model = keep(new SessionsModel(process.env, context.workspaceState));
  const tree = keep(new SessionsTree(model));
  const output = keep(vscode.window.createOutputChannel("Libretto"));
  const chooser = keep(new SessionChooser(model, context.workspaceState));
  const results = keep(new ResultDocuments());
  const diagnostics = keep(new CodeDiagnostics());
  const code = new CodeRunner(keep(new RunMarks()), diagnostics, results, output);
  const workflows = new WorkflowRunner(model, tree, keep(new WorkflowProblems(model)), results, output);
  const liveViews = keep(new LiveViews(context.extensionUri, model, results, output));
  const keys = keep(new ContextKeyKeeper(model));

  keep(new SessionDecorations(model));
  keep(new AccessWatch(model, tree));
  keep(new SessionsStatus(model));
  keep(new CellLenses(chooser));
  keep(new DenialFixes(model, diagnostics));
  keep(new WorkflowLenses(model));
  keep(new SessionLinks(model, tree));
  const program = { runtime: process.execPath, cli: path.join(context.extensionPath, "dist", "cli.js") };
  const bin = path.join(context.globalStorageUri.fsPath, "bin");
  keep(new TerminalShim(context.environmentVariableCollection, bin, program, output));
  const mcp = keep(new McpServers(model, program, (context.extension.packageJSON as { version: string }).version));

  // Browsers whose hosts died long ago, of whatever workspace.
  void model.ready.then(() => endExpired(process.env));

  const commands: CommandContext = {
    model,
    tree,
    code,
    workflows,
    chooser,
    keys,
    logs: keep(new LogPanes(context, model, output)),
    liveViews,
    overview: keep(new Overview({ extension: context.extensionUri, model, liveViews, output })),
    memory: context.workspaceState,
    output,
  };
  keep(registerCommands(commands));

  return context.extensionMode === vscode.ExtensionMode.Test ? { model, tree, mcp } : undefined;
}
