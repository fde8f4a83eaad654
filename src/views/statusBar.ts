/** One item: hidden with no live session, plainly visible while one of them can be changed. */
import * as vscode from "vscode";
import { CommandId } from "./contributions.js";
import type { SessionsModel } from "./model.js";

const { t } = vscode.l10n;

export class SessionsStatus implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem("libretto.sessions", vscode.StatusBarAlignment.Left, 10);
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly model: SessionsModel) {
    this.#item.name = t("Libretto Sessions");
    this.#item.command = CommandId.list;
    this.#subscriptions = [
      this.#item,
      model.onDidChange(() => this.#draw()),
      model.onDidChangeRoots(() => this.#draw()),
    ];
    this.#draw();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  #draw(): void {
    const live = this.model.live();
    if (live.length === 0) return this.#item.hide();
    const writable = live.filter(({ record }) => record.state?.mode === "write-access");
    const count = live.length === 1 ? t("1 session") : t("{0} sessions", live.length);
    this.#item.text = writable.length > 0 ? `$(edit) ${count} · ${writable.length} RW` : `$(lock) ${count}`;
    // The one background that themes keep for "look here"; icon and letters say the same without colour.
    this.#item.backgroundColor =
      writable.length > 0 ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    const names = writable.map(({ record }) => record.name).join(", ");
    this.#item.tooltip =
      writable.length > 0
        ? t("Browser sessions: {0} live. With write access: {1}", live.length, names)
        : t("Browser sessions: {0} live, all of them read-only", live.length);
    this.#item.accessibilityInformation = { label: this.#item.tooltip, role: "button" };
    this.#item.show();
  }
}
