/** Ties every command of the manifest to its function, which is loaded when it is first called. */
import * as vscode from "vscode";
import { CommandId } from "../contributions.js";
import { argumentsOf, type CommandContext, type CommandHandler, showFailure } from "./command.js";

/**
 * A command without a function does not compile. Loading all of them at once would make up half of the time
 * that the activation takes.
 */
const loaders: Record<CommandId, () => Promise<CommandHandler>> = {
  [CommandId.open]: async () => (await import("./open.js")).open,
  [CommandId.connect]: async () => (await import("./connect.js")).connect,
  [CommandId.close]: async () => (await import("./close.js")).close,
  [CommandId.closeAll]: async () => (await import("./close.js")).closeAll,
  [CommandId.closeAllForce]: async () => (await import("./close.js")).closeAllForce,
  [CommandId.makeReadOnly]: async () => (await import("./sessionMode.js")).makeReadOnly,
  [CommandId.giveWriteAccess]: async () => (await import("./sessionMode.js")).giveWriteAccess,
  [CommandId.requestAccess]: async () => (await import("./requestAccess.js")).requestAccess,
  [CommandId.reviewAccessRequest]: async () => (await import("./requestAccess.js")).reviewAccessRequest,
  [CommandId.readonlyExec]: async () => (await import("./readonlyExec.js")).readonlyExec,
  [CommandId.exec]: async () => (await import("./exec.js")).exec,
  [CommandId.act]: async () => (await import("./act.js")).act,
  [CommandId.chooseSession]: async () => (await import("../code/editorCode.js")).chooseSession,
  [CommandId.snapshot]: async () => (await import("./snapshot.js")).snapshot,
  [CommandId.openSnapshot]: async () => (await import("./snapshot.js")).openSnapshot,
  [CommandId.openLiveView]: async () => (await import("./liveView.js")).openLiveView,
  [CommandId.openOverview]: async () => (await import("./liveView.js")).openOverview,
  [CommandId.pages]: async () => (await import("./pages.js")).pages,
  [CommandId.revealPage]: async () => (await import("./pages.js")).revealPage,
  [CommandId.copyPageUrl]: async () => (await import("./pages.js")).copyPageUrl,
  [CommandId.logs]: async () => (await import("./logs.js")).logs,
  [CommandId.list]: async () => (await import("./list.js")).list,
  [CommandId.copyName]: async () => (await import("./sessionTools.js")).copyName,
  [CommandId.openAgain]: async () => (await import("./open.js")).openAgain,
  [CommandId.openTerminal]: async () => (await import("./sessionTools.js")).openTerminal,
  [CommandId.status]: async () => (await import("./status.js")).status,
  [CommandId.setup]: async () => (await import("./setup.js")).setup,
  [CommandId.gc]: async () => (await import("./gc.js")).gc,
  [CommandId.run]: async () => (await import("./run.js")).run,
  [CommandId.debug]: async () => (await import("./run.js")).debug,
  [CommandId.runAgain]: async () => (await import("./run.js")).runAgain,
  [CommandId.resume]: async () => (await import("./resume.js")).resume,
  [CommandId.step]: async () => (await import("./resume.js")).step,
  [CommandId.stop]: async () => (await import("./stop.js")).stop,
  [CommandId.exportActions]: async () => (await import("./export.js")).exportActions,
  [CommandId.save]: async () => (await import("./save.js")).save,
  [CommandId.deleteProfile]: async () => (await import("./profiles.js")).deleteProfile,
  [CommandId.openConfig]: async () => (await import("./sessionTools.js")).openConfig,
};

/** @returns what takes the commands away again */
export function registerCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(loaders).map(([id, load]) =>
      vscode.commands.registerCommand(id, async (argument: unknown) => {
        try {
          const [handler] = await Promise.all([load(), context.model.ready]);
          // A key hands over no item of the tree, only that one is meant.
          await handler(context, argumentsOf(argument).selected ? await context.tree.focused() : argument);
        } catch (thrown) {
          // Not awaited: the command is over, while its message may stand for a long time.
          void showFailure(thrown);
        }
      }),
    ),
  );
}
