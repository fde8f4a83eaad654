/** The overview, of which a window has one: opens it, and brings it back after a reload. */
import * as vscode from "vscode";
import { PanelType } from "../contributions.js";
import type { OverviewPanel, OverviewParts } from "./overviewPanel.js";

export class Overview implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #registration = vscode.window.registerWebviewPanelSerializer(PanelType.overview, this);
  #panel: OverviewPanel | undefined;

  constructor(private readonly parts: Omit<OverviewParts, "gone">) {}

  dispose(): void {
    this.#registration.dispose();
    this.#panel?.dispose();
  }

  async open(): Promise<void> {
    if (this.#panel) return this.#panel.reveal();
    await this.#add(
      vscode.window.createWebviewPanel(PanelType.overview, vscode.l10n.t("Sessions"), vscode.ViewColumn.Active, {}),
    );
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    await this.parts.model.ready;
    await this.#add(panel);
  }

  async #add(panel: vscode.WebviewPanel): Promise<void> {
    const { OverviewPanel } = await import("./overviewPanel.js");
    this.#panel = new OverviewPanel(panel, { ...this.parts, gone: () => (this.#panel = undefined) });
  }
}
