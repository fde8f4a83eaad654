/** Keeps the keys of `when` clauses true: each is set when it changes and not otherwise. */
import * as vscode from "vscode";
import type { ContextKeys, Settings } from "./contributions.js";
import type { SessionsModel } from "./model.js";
import { sessionCounts } from "./tree/presentation.js";

export class ContextKeyKeeper implements vscode.Disposable {
  readonly #values = new Map<keyof ContextKeys, ContextKeys[keyof ContextKeys]>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly model: SessionsModel) {
    this.#subscriptions = [
      model.onDidChange(() => this.#count()),
      model.onDidChangeRoots(() => this.#count()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("libretto.executablePath" satisfies keyof Settings)) void this.lookForBrowser();
      }),
    ];
    this.#count();
    // Dozens of looks at the disk: they wait until the activation is over.
    const timer = setTimeout(() => void this.lookForBrowser(), 0);
    this.#subscriptions.push(new vscode.Disposable(() => clearTimeout(timer)));
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** Looks again whether there is a browser to start, after one was installed or set. */
  async lookForBrowser(): Promise<void> {
    const { findBrowser } = await import("../sessions/browser/browserFinder.js");
    const set = vscode.workspace.getConfiguration().get<string>("libretto.executablePath" satisfies keyof Settings);
    try {
      findBrowser({ headless: true, settingsPath: set }, this.model.env);
      this.#set("libretto.browser", "found");
    } catch {
      this.#set("libretto.browser", "missing");
    }
  }

  #count(): void {
    const counts = sessionCounts(this.model.all().map(({ record }) => record));
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) this.#set(key, counts[key]);
  }

  #set<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
    if (this.#values.get(key) === value) return;
    this.#values.set(key, value);
    void vscode.commands.executeCommand("setContext", key, value);
  }
}
