/** What is done with the browser's pages while its session opens. */
import type { HostOptions } from "../../ipc/hostOptions.js";
import { profilesFolder } from "../../store/profiles.js";
import { openFirstPage } from "../requests/firstPage.js";
import type { SessionParts } from "./sessionParts.js";

/** What was typed into their fields before is no less a secret than what will be. */
export async function learnSecretsOfPages({ targets, redactor }: SessionParts): Promise<void> {
  const { secretsInPages } = await import("../worker/secretFields.js");
  for (const secret of await secretsInPages(targets.attached())) redactor.learn(secret);
}

/** The window's inner size differs from what `--window-size` asks in new headless, so it is set on each page. */
export function keepViewport({ targets }: SessionParts, { width, height }: { width: number; height: number }): void {
  targets.onAttach(({ type, session }) => {
    if (type === "page")
      void session
        .send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 0, mobile: false })
        .catch(() => undefined);
  });
}

/**
 * Restores the saved login that was asked for, and opens the address in a first page.
 * @returns a warning where the page opened and did not finish loading
 */
export async function openSessionPage(
  parts: SessionParts,
  start: Exclude<HostOptions["start"], { how: "connect" | "adopt" }>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { targets, recorder, remote, options } = parts;
  if (options.authProfile !== undefined) await restoreLogin(parts, options.authProfile);
  recorder.agentActive("begin", { work: "navigation" });
  // A Grid's browser comes with a page, which its driver holds on to.
  const headless = start.headless && remote === undefined;
  const warning = await openFirstPage(targets, { ...start, headless }, signal);
  recorder.agentActive("end", { work: "navigation", arrived: warning === undefined });
  return warning;
}

async function restoreLogin({ bridge, workspace, targets, record, log }: SessionParts, login: string): Promise<void> {
  const { loadLogin } = await import("../workflow/savedLogin.js");
  const leftOut = await loadLogin(await bridge.context(), profilesFolder(workspace), login);
  // Its page is closed; once the browser has answered, the one to open is known to be the other.
  await targets.refresh();
  record.draft({ login });
  log.write("info", "login-loaded", `The saved login "${login}" was restored into the browser.`);
  for (const what of leftOut) log.write("warn", "login-left-out", `Not restored: ${what}`);
}
