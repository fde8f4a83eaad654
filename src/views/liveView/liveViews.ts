/** The live views of the window: opens them beside the code, and brings them back after a reload. */
import * as vscode from "vscode";
import type { ResultDocuments } from "../code/resultDocuments.js";
import { PanelType } from "../contributions.js";
import type { SessionRef, SessionsModel } from "../model.js";
import type { LiveViewState } from "../webviews/liveView/protocol.js";
import type { LivePanel, LivePanelParts } from "./livePanel.js";
import { LocatorTarget } from "./locatorTarget.js";

export class LiveViews implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #panels = new Set<LivePanel>();
  readonly #target = new LocatorTarget();
  readonly #registration: vscode.Disposable;
  readonly #parts: LivePanelParts;

  constructor(extension: vscode.Uri, model: SessionsModel, results: ResultDocuments, output: vscode.OutputChannel) {
    this.#parts = {
      extension,
      model,
      results,
      output,
      target: this.#target,
      gone: (panel) => void this.#panels.delete(panel),
    };
    this.#registration = vscode.window.registerWebviewPanelSerializer(PanelType.liveView, this);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#target.dispose();
    for (const panel of [...this.#panels]) panel.dispose();
  }

  /**
   * Shows a page of a session: in the view that is there already, or in a new one beside the code.
   * @param page id of the page that the view stays with; null follows the session
   */
  async open({ root, record }: SessionRef, page: string | null, preserveFocus: boolean): Promise<void> {
    const add = await this.#adder();
    const known = [...this.#panels].find(
      ({ state }) => state.root === root.workspace.root && state.session === record.name && state.page === page,
    );
    if (known) return known.reveal(preserveFocus);
    // Where other views are already, so that each does not take a column of its own.
    const column = [...this.#panels].find(({ viewColumn }) => viewColumn !== undefined)?.viewColumn;
    const panel = vscode.window.createWebviewPanel(
      PanelType.liveView,
      record.name,
      { viewColumn: column ?? vscode.ViewColumn.Beside, preserveFocus },
      {},
    );
    add(panel, { version: 1, root: root.workspace.root, session: record.name, page, size: "fit" });
  }

  /** Called by VS Code for each view of the window before the reload. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { liveViewStateSchema } = await import("../webviews/liveView/protocol.js");
    const parsed = liveViewStateSchema.safeParse(state);
    if (!parsed.success) {
      panel.dispose();
      return;
    }
    await this.#parts.model.ready;
    const add = await this.#adder();
    add(panel, parsed.data);
  }

  /**
   * Half of what a view needs is loaded with the first one; and before it is made, so that of two commands at once the
   * second finds the view of the first.
   */
  async #adder(): Promise<(panel: vscode.WebviewPanel, state: LiveViewState) => void> {
    const { LivePanel } = await import("./livePanel.js");
    return (panel, state) => this.#panels.add(new LivePanel(panel, state, this.#parts));
  }
}
