/** Lets code drive tabs that lie behind others. */
import type { Page } from "playwright-core";

/**
 * Makes a tab behave as if it were in front. Chromium draws no frames for a tab behind another, and Playwright
 * waits for frames before it clicks: without this, code could not drive two tabs of one window.
 */
export async function emulateFocus(page: Page): Promise<void> {
  try {
    // It holds for as long as this CDP session does.
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setFocusEmulationEnabled", { enabled: true });
  } catch {
    // The page is closed, or does not answer; its next user will hear of that.
  }
}
