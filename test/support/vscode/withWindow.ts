/** A window for one test. */
import { launchVscode, type LaunchOptions, type VscodeWindow } from "./launch.js";
import { Workbench } from "./workbench.js";

/** Opens a window with the package installed, runs the body, and closes it. A failure leaves a picture. */
export async function withWindow(
  name: string,
  options: LaunchOptions,
  body: (bench: Workbench, window: VscodeWindow) => Promise<void>,
): Promise<void> {
  const window = await launchVscode({ vsix: process.env["LIBRETTO_TEST_VSIX"] ?? "", ...options });
  const bench = new Workbench(window.page);
  try {
    await body(bench, window);
  } catch (thrown) {
    await bench.screenshot(`failed ${name}`);
    throw thrown;
  } finally {
    await window.close();
  }
}
