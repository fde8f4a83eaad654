/** The log panes of the window: opens them, brings them back after a reload, and lets those of a session speak to each other. */
import * as vscode from "vscode";
import { CommandId, PanelType } from "../contributions.js";
import type { LogViewer } from "../logViewer.js";
import { isBlurred } from "../liveView/blurred.js";
import type { SessionRef, SessionsModel } from "../model.js";
import type { PaneKind } from "../../sessions/logs/rows.js";
import type { PaneState } from "../webviews/logPane/protocol.js";
import { FilterHistory } from "./filterHistory.js";
import type { LogPanel, LogPanelParts, Span } from "./logPanel.js";
import { RowDocuments } from "./rowDocuments.js";

export class LogPanes implements LogViewer, vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #panels = new Set<LogPanel>();
  /** The action that is chosen in a session's panes: its time, and the pane in which it was chosen. */
  readonly #marked = new Map<string, { by: LogPanel; span: Span }>();
  readonly #documents = new RowDocuments();
  readonly #registrations: vscode.Disposable;
  readonly #parts: LogPanelParts;

  constructor(context: vscode.ExtensionContext, model: SessionsModel, output: vscode.OutputChannel) {
    this.#parts = {
      extension: context.extensionUri,
      documents: this.#documents,
      history: new FilterHistory(context.workspaceState),
      output,
      exportActions: async ({ root, session }, lines) => {
        await vscode.commands.executeCommand(CommandId.exportActions, { session, root, lines });
      },
      mark: (panel, span) => this.#mark(panel, span),
      marked: (state) => this.#marked.get(sessionOf(state))?.span ?? null,
      isBlurred: ({ root, session }) => isBlurred(model.find(root, session)),
      gone: (panel) => {
        this.#panels.delete(panel);
        this.#mark(panel, null);
      },
    };
    this.#registrations = vscode.window.registerWebviewPanelSerializer(PanelType.logPane, this);
  }

  dispose(): void {
    this.#registrations.dispose();
    for (const panel of [...this.#panels]) panel.dispose();
    this.#documents.dispose();
  }

  /** Shows a session's log, live or not: the pane that is there already, or a new one. */
  async open({ root, record }: SessionRef, pane: PaneKind): Promise<void> {
    const add = await this.#adder();
    const known = [...this.#panels].find(
      ({ state }) => state.root === root.workspace.root && state.session === record.name && state.pane === pane,
    );
    if (known) return known.reveal();
    const panel = vscode.window.createWebviewPanel(
      PanelType.logPane,
      record.name,
      { viewColumn: vscode.ViewColumn.Active, preserveFocus: false },
      {},
    );
    add(panel, {
      version: 1,
      root: root.workspace.root,
      session: record.name,
      pane,
      filter: "",
      context: 0,
      following: true,
      place: null,
      selected: null,
      open: false,
    });
  }

  /** Called by VS Code for each pane of the window before the reload. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { paneStateSchema } = await import("../webviews/logPane/protocol.js");
    const parsed = paneStateSchema.safeParse(state);
    if (!parsed.success) {
      panel.dispose();
      return;
    }
    const add = await this.#adder();
    add(panel, parsed.data);
  }

  /**
   * What a pane needs is half of the extension's code: it is loaded with the first one; and before it is made, so that
   * of two commands at once the second finds the pane of the first.
   */
  async #adder(): Promise<(panel: vscode.WebviewPanel, state: PaneState) => void> {
    const { LogPanel } = await import("./logPanel.js");
    return (panel, state) => this.#panels.add(new LogPanel(panel, state, this.#parts));
  }

  /** @param span null where the pane has no action chosen any more; one that was chosen in another pane stays */
  #mark(by: LogPanel, span: Span | null): void {
    const session = sessionOf(by.state);
    if (span) this.#marked.set(session, { by, span });
    else if (this.#marked.get(session)?.by === by) this.#marked.delete(session);
    else return;
    for (const panel of this.#panels) if (sessionOf(panel.state) === session) panel.mark(span);
  }
}

/** Names the session that a pane is of. */
function sessionOf({ root, session }: PaneState): string {
  return `${root}\n${session}`;
}
