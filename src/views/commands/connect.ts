/** Connect to a browser that is already running: address, name and mode in steps. */
import * as vscode from "vscode";
import { shownEndpoint } from "../../sessions/model/endpoint.js";
import { defaults, readConfig } from "../../sessions/store/config.js";
import type { AccessMode } from "../../sessions/model/policy.js";
import { connect as connectSession, type ConnectOptions } from "../../sessions/operations/connect.js";
import { AddressHistory } from "../inputs/addressHistory.js";
import { askInSteps } from "../inputs/multiStep.js";
import { askEndpoint, askMode, askName } from "../inputs/sessionSteps.js";
import type { WorkspaceRoot } from "../model.js";
import { argumentsOf, type CommandContext, needTrust, rootFor, withProgress } from "./command.js";
import { announceOpen } from "./open.js";

/** What the steps gather. */
export interface ConnectDraft {
  endpoint: string;
  name: string;
  mode: AccessMode;
}

export async function connect(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const title = vscode.l10n.t("Connect to a Running Browser");
  const root = await rootFor(context, argument, title);
  if (!root) return;
  const given = argumentsOf(argument);
  if (given.endpoint !== undefined)
    return connectAndShow(context, root, { endpoint: given.endpoint, session: given.session, mode: given.mode });
  const { config } = await readConfig(root.workspace);
  const history = new AddressHistory(context.memory, "endpoints");
  const draft = await askInSteps<ConnectDraft>(
    title,
    { endpoint: "", name: "", mode: config.sessionMode ?? defaults.sessionMode },
    [askEndpoint(history), askName(root), askMode(vscode.l10n.t("May code change the pages of this browser?"))],
  );
  if (!draft) return;
  await connectAndShow(context, root, { endpoint: draft.endpoint, session: draft.name, mode: draft.mode });
  // An address with a key in it is no one's to keep.
  if (shownEndpoint(draft.endpoint) === draft.endpoint) await history.add(draft.endpoint);
}

async function connectAndShow(context: CommandContext, root: WorkspaceRoot, options: ConnectOptions): Promise<void> {
  const result = await withProgress(vscode.l10n.t("Connecting to {0} …", shownEndpoint(options.endpoint)), (signal) =>
    connectSession(root.context, options, signal),
  );
  await announceOpen(context, root, result.state.session, result.warnings);
}
