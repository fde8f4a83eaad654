/** What tests of a window leave behind, cleared away; and a picture of the window where one failed. */
import type { Workspace } from "../cli.js";
import type { VscodeWindow } from "./launch.js";
import type { Workbench } from "./workbench.js";

/** What a suite has made in its `before`; what that did not come to is missing. */
export interface Made {
  workspace?: Workspace;
  window?: VscodeWindow;
  bench?: Workbench;
  site?: { close(): Promise<void> };
}

/** Call it where the suite's hooks stand. @param made asked when a test has ended, and at the end */
export function clearAwayAfter(made: () => Made): void {
  after(async () => {
    const { workspace, window, site } = made();
    await workspace?.cli(["close", "--all", "--force"]);
    await window?.close();
    await site?.close();
    await workspace?.dispose();
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed")
      await made().bench?.screenshot(`failed ${this.currentTest.title.slice(0, 60)}`);
  });
}
