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
    const add = await this.#adder();
    if (this.#panel) return this.#panel.reveal();
    add(vscode.window.createWebviewPanel(PanelType.overview, vscode.l10n.t("Sessions"), vscode.ViewColumn.Active, {}));
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    await this.parts.model.ready;
    const add = await this.#adder();
    add(panel);
  }

  /** What it needs is loaded first, so that of two commands at once the second finds the panel of the first. */
  async #adder(): Promise<(panel: vscode.WebviewPanel) => void> {
    const { OverviewPanel } = await import("./overviewPanel.js");
    return (panel) => {
      const added = new OverviewPanel(panel, {
        ...this.parts,
        gone: () => {
          if (this.#panel === added) this.#panel = undefined;
        },
      });
      this.#panel = added;
    };
  }
}
