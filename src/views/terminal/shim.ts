/**
 * `libretto` in the integrated terminal, with nothing else installed (V5): small scripts in a folder whose
 * path never changes, first on the PATH of every new terminal. They start the CLI with VS Code's own
 * runtime, so that no Node.js is needed.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { findWorkspace } from "../../sessions/store/workspace.js";
import { type Settings } from "../contributions.js";
import { batchFile, shellScript, type Program } from "./scripts.js";

/** Keeps the scripts and the PATH of terminals as the setting says. */
export class TerminalShim implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;
  readonly #pinned = new Set<string>();
  readonly #first: NodeJS.Immediate;

  constructor(
    private readonly variables: vscode.GlobalEnvironmentVariableCollection,
    private readonly folder: string,
    private readonly program: Program,
    private readonly output: Pick<vscode.OutputChannel, "appendLine">,
  ) {
    // Looks at files, for which the activation does not wait. What terminals had before, they have until then.
    this.#first = setImmediate(() => this.#apply());
    this.#subscription = vscode.Disposable.from(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("libretto.terminal.enabled" satisfies keyof Settings)) this.#apply();
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#apply()),
    );
  }

  dispose(): void {
    clearImmediate(this.#first);
    this.#subscription.dispose();
  }

  #apply(): void {
    const enabled = vscode.workspace
      .getConfiguration()
      .get<boolean>("libretto.terminal.enabled" satisfies keyof Settings, true);
    if (!enabled) {
      if (this.variables.get("PATH")) this.variables.delete("PATH");
      return;
    }
    try {
      writeShims(this.folder, this.program);
    } catch (thrown) {
      // A full disk, or a folder that cannot be written: everything else works without.
      this.output.appendLine(vscode.l10n.t("Terminals have no command `libretto`: {0}", (thrown as Error).message));
      return;
    }
    this.#pinRoots();
    const value = this.folder + path.delimiter;
    // Setting it again, even to the same, marks every open terminal as out of date.
    if (this.variables.get("PATH")?.value === value) return;
    this.variables.persistent = true;
    this.variables.description = vscode.l10n.t("Puts the command `libretto` on the PATH.");
    // Login shells of macOS build PATH again from their start files: it is put in front again after them.
    this.variables.prepend("PATH", value, { applyAtProcessCreation: true, applyAtShellIntegration: true });
  }

  /** Terminals of a folder work with the sessions that the window shows of it, and with none of a folder above. */
  #pinRoots(): void {
    for (const workspaceFolder of vscode.workspace.workspaceFolders ?? []) {
      const folder = workspaceFolder.uri.fsPath;
      if (workspaceFolder.uri.scheme !== "file" || this.#pinned.has(folder) || !looksAbove(folder)) continue;
      this.#pinned.add(folder);
      this.variables.getScoped({ workspaceFolder }).replace("LIBRETTO_ROOT", folder);
    }
  }
}

/** Whether the command would find a workspace above that folder, which the window does not look at. */
function looksAbove(folder: string): boolean {
  try {
    return findWorkspace(folder, process.env).root !== folder;
  } catch {
    return false;
  }
}

/** Writes the scripts that differ from what they should be. Pure but for the files. */
function writeShims(folder: string, program: Program): void {
  mkdirSync(folder, { recursive: true });
  writeIfDifferent(path.join(folder, "libretto"), shellScript(program));
  // No PowerShell script: Windows refuses those by default, and PowerShell would try it before the .cmd.
  if (process.platform === "win32") writeIfDifferent(path.join(folder, "libretto.cmd"), batchFile(program));
}

/** A terminal may be running the script at this moment: it is replaced, never written in place. */
function writeIfDifferent(file: string, content: string): void {
  try {
    if (readFileSync(file, "utf8") === content) return;
  } catch {
    // It is not there yet.
  }
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, content);
  chmodSync(draft, 0o755);
  renameSync(draft, file);
}
