/**
 * Offers `libretto mcp` to the window's agents (A5): one server for each folder that is trusted, with its sessions.
 * VS Code starts it when an agent wants its tools; no file of the user's is written.
 */
import * as vscode from "vscode";
import { asNode } from "../sessions/util/environment.js";
import { McpProviderId, type Settings } from "./contributions.js";
import type { SessionsModel, WorkspaceRoot } from "./model.js";
import type { Program } from "./terminal/scripts.js";

export class McpServers
  implements vscode.McpServerDefinitionProvider<vscode.McpStdioServerDefinition>, vscode.Disposable
{
  readonly #change = new vscode.EventEmitter<void>();
  readonly onDidChangeMcpServerDefinitions = this.#change.event;
  readonly #subscriptions: vscode.Disposable[] = [this.#change];

  constructor(
    private readonly model: SessionsModel,
    private readonly program: Program,
    private readonly version: string,
  ) {
    const told = (): void => this.#change.fire();
    this.#subscriptions.push(
      model.onDidChangeRoots(told),
      vscode.workspace.onDidGrantWorkspaceTrust(told),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (settings.some((name) => event.affectsConfiguration(name))) told();
      }),
      vscode.lm.registerMcpServerDefinitionProvider(McpProviderId, this),
    );
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  async provideMcpServerDefinitions(): Promise<vscode.McpStdioServerDefinition[]> {
    if (!vscode.workspace.isTrusted) return [];
    await this.model.ready;
    const { roots } = this.model;
    return roots.filter(isWanted).map((root) => this.#definition(root, roots.length > 1));
  }

  #definition(root: WorkspaceRoot, several: boolean): vscode.McpStdioServerDefinition {
    const path = configurationOf(root).get<Settings["libretto.executablePath"]>("libretto.executablePath");
    const definition = new vscode.McpStdioServerDefinition(
      several ? `Libretto (${root.label})` : "Libretto",
      this.program.runtime,
      [this.program.cli, "mcp"],
      {
        ...asNode,
        LIBRETTO_ROOT: root.workspace.root,
        ...(path && !this.model.env.LIBRETTO_CHROMIUM ? { LIBRETTO_CHROMIUM: path } : {}),
      },
      this.version,
    );
    definition.cwd = vscode.Uri.file(root.workspace.root);
    return definition;
  }
}

const settings = ["libretto.mcp.enabled", "libretto.executablePath"] as const satisfies readonly (keyof Settings)[];

const configurationOf = (root: WorkspaceRoot): vscode.WorkspaceConfiguration =>
  vscode.workspace.getConfiguration(undefined, vscode.Uri.file(root.workspace.root));

const isWanted = (root: WorkspaceRoot): boolean =>
  configurationOf(root).get<Settings["libretto.mcp.enabled"]>("libretto.mcp.enabled", true);
