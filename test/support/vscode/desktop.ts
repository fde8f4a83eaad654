/** VS Code as the desktop program, driven through Electron's debugging port. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { _electron as electron, type Page } from "playwright";
import { environment, type Installation, type Prepared, type VscodeWindow } from "./launch.js";

type Desktop = Extract<Installation, { kind: "desktop" }>;

function switches(prepared: Prepared): string[] {
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const trust = prepared.trusted === false ? [] : ["--disable-workspace-trust"];
  return [
    ...(prepared.open === undefined ? [] : [prepared.open]),
    "--user-data-dir",
    prepared.userData,
    "--extensions-dir",
    prepared.extensions,
    "--skip-welcome",
    "--skip-release-notes",
    "--disable-updates",
    "--disable-telemetry",
    "--no-cached-data",
    ...trust,
    ...root,
  ];
}

/** Opens a window of the desktop build. */
export async function launchDesktop(installation: Desktop, prepared: Prepared): Promise<VscodeWindow> {
  const env = environment(prepared.env);
  if (prepared.vsix !== undefined) {
    const { resolveCliPathFromVSCodeExecutablePath } = await import("@vscode/test-electron");
    const cli = resolveCliPathFromVSCodeExecutablePath(installation.executable);
    await promisify(execFile)(
      cli,
      [
        "--user-data-dir",
        prepared.userData,
        "--extensions-dir",
        prepared.extensions,
        "--install-extension",
        prepared.vsix,
      ],
      { env, shell: process.platform === "win32" },
    );
  }
  const application = await electron.launch({ executablePath: installation.executable, args: switches(prepared), env });
  const page: Page = await application.firstWindow();
  await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
  return {
    kind: "desktop",
    page,
    machineSettingsFile: prepared.settingsFile,
    extensionsFolder: prepared.extensions,
    pid: application.process().pid ?? 0,
    reload: async () => {
      await page.reload();
      await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
    },
    closeWindow: async () => {
      const closed = page.waitForEvent("close");
      // It does not always live to answer.
      await page.evaluate("window.close()").catch(() => undefined);
      await closed;
    },
    close: async () => {
      await application.close();
      await rm(prepared.folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Runs a suite in the extension host of the desktop build. */
export async function runInDesktop(
  installation: Desktop,
  prepared: Prepared & { extension: string; suite: string },
): Promise<number> {
  const { runTests } = await import("@vscode/test-electron");
  return runTests({
    vscodeExecutablePath: installation.executable,
    extensionDevelopmentPath: prepared.extension,
    extensionTestsPath: prepared.suite,
    extensionTestsEnv: environment(prepared.env),
    launchArgs: switches(prepared),
  });
}
