// Clicks in the window of a real VS Code in which the packaged extension is installed.
import { runWindowSuite } from "../support/vscode/runSuite.mjs";

export const run = ({ filters }) => runWindowSuite("e2e", filters);
