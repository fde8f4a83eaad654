/** Attaches VS Code's own debugger for JavaScript to a workflow that waits for one. */
import path from "node:path";
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/util/errors.js";

const { t } = vscode.l10n;

/**
 * @param file path of the workflow
 * @param url of its inspector
 * @throws `Failed` where the debugger does not attach
 */
export async function attachDebugger(file: string, url: string): Promise<void> {
  const started = await vscode.debug
    .startDebugging(vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file)), {
      type: "node",
      request: "attach",
      name: path.basename(file),
      websocketAddress: url,
      sourceMaps: true,
      // The maps are in the scripts: none lies on the disk, and each is to be read before its script runs.
      outFiles: [],
      resolveSourceMapLocations: null,
      pauseForSourceMap: true,
      skipFiles: ["<node_internals>/**", "**/workflow-worker.js", "**/node_modules/playwright-core/**"],
      // What the workflow starts is its own.
      autoAttachChildProcesses: false,
      // What it prints stands in the output.
      internalConsoleOptions: "neverOpen",
    })
    .then(
      (is) => is,
      () => false,
    );
  if (!started)
    throw new LibrettoError(
      "Failed",
      t("VS Code's debugger for JavaScript did not attach to {0}.", path.basename(file)),
      t("Check that the built-in extension JavaScript Debugger is enabled."),
    );
}
