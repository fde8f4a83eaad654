/**
 * Names that `package.json` and the code share: commands, views, context keys, settings, schemes, colours.
 * A test holds them against the manifest, so that neither side can change alone.
 */

/** Everything a user can start from the palette, a menu or a key. */
export const CommandId = {
  open: "libretto.open",
  connect: "libretto.connect",
  close: "libretto.close",
  closeAll: "libretto.closeAll",
  closeAllForce: "libretto.closeAllForce",
  makeReadOnly: "libretto.makeReadOnly",
  giveWriteAccess: "libretto.giveWriteAccess",
  requestAccess: "libretto.requestAccess",
  reviewAccessRequest: "libretto.reviewAccessRequest",
  readonlyExec: "libretto.readonlyExec",
  exec: "libretto.exec",
  act: "libretto.act",
  chooseSession: "libretto.chooseSession",
  snapshot: "libretto.snapshot",
  openSnapshot: "libretto.openSnapshot",
  openLiveView: "libretto.openLiveView",
  openOverview: "libretto.openOverview",
  pages: "libretto.pages",
  revealPage: "libretto.revealPage",
  copyPageUrl: "libretto.copyPageUrl",
  logs: "libretto.logs",
  list: "libretto.list",
  copyName: "libretto.copyName",
  openAgain: "libretto.openAgain",
  openTerminal: "libretto.openTerminal",
  status: "libretto.status",
  setup: "libretto.setup",
  gc: "libretto.gc",
  openConfig: "libretto.openConfig",
  run: "libretto.run",
  debug: "libretto.debug",
  runAgain: "libretto.runAgain",
  resume: "libretto.resume",
  step: "libretto.step",
  stop: "libretto.stop",
  exportActions: "libretto.exportActions",
  save: "libretto.save",
  deleteProfile: "libretto.deleteProfile",
} as const;
export type CommandId = (typeof CommandId)[keyof typeof CommandId];

export const ViewId = { sessions: "libretto.sessions" } as const;

/** Types of webview panels, which VS Code brings back after a reload. */
export const PanelType = {
  logPane: "libretto.logPane",
  liveView: "libretto.liveView",
  overview: "libretto.overview",
} as const;

/** Keys for `when` clauses, with the values that they take. */
export interface ContextKeys {
  /** How many sessions are live, in all folders of the window. */
  "libretto.liveSessions": number;
  /** How many of them have write access. */
  "libretto.writableSessions": number;
  "libretto.browser": "found" | "missing";
  /** How many workflows run, the paused ones included. */
  "libretto.runningWorkflows": number;
  /** How many of them are paused. */
  "libretto.pausedWorkflows": number;
  /** How many sessions, live or ended, have a workflow that is over and could run again. */
  "libretto.finishedWorkflows": number;
}
export const contextKeyNames = [
  "libretto.liveSessions",
  "libretto.writableSessions",
  "libretto.browser",
  "libretto.runningWorkflows",
  "libretto.pausedWorkflows",
  "libretto.finishedWorkflows",
] as const satisfies readonly (keyof ContextKeys)[];

/** Settings, with the types of their values. */
export interface Settings {
  "libretto.window": "auto" | "visible" | "headless";
  "libretto.executablePath": string;
  "libretto.terminal.enabled": boolean;
  "libretto.mcp.enabled": boolean;
  "libretto.codeLens.enabled": boolean;
  "libretto.results.maximum": number;
  "libretto.liveView.blurLogins": boolean;
}
export const settingNames = [
  "libretto.window",
  "libretto.executablePath",
  "libretto.terminal.enabled",
  "libretto.mcp.enabled",
  "libretto.codeLens.enabled",
  "libretto.results.maximum",
  "libretto.liveView.blurLogins",
] as const satisfies readonly (keyof Settings)[];

export const ColorId = {
  readOnly: "libretto.readOnly",
  writeAccess: "libretto.writeAccess",
  ended: "libretto.ended",
} as const;
export type ColorId = (typeof ColorId)[keyof typeof ColorId];

/** Schemes of addresses that only this extension resolves. */
export const Scheme = {
  /** Sessions in the tree, so that a decoration can be put on them. */
  session: "libretto-session",
  /** Results of `exec` and `readonly-exec`, as read-only documents. */
  result: "libretto-result",
  /** Bodies and rows of a log, as read-only documents. */
  logRow: "libretto-log",
} as const;

/** Who offers MCP servers to the window. */
export const McpProviderId = "libretto.sessions";

/** Id of the walkthrough, as VS Code wants it: extension, then walkthrough. */
export const walkthroughId = "libretto.libretto#libretto.start";
