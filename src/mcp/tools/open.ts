/** `open`: a session of its own, read-only and sealed unless it is asked otherwise. */
import type { SessionsContext } from "../../sessions/operations/context.js";
import { headlessAsSet, open, parseViewport } from "../../sessions/operations/open.js";
import { readConfig } from "../../sessions/store/config.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { answerText } from "../answers.js";
import type { Tool } from "../call.js";
import { Fence } from "../fence.js";
import { lineOf, viewOf } from "./sessions.js";

/** Sealed is what is opened here, where it can be: undefined leaves it to the config. */
export async function canBeSealed(context: SessionsContext): Promise<true | undefined> {
  if (process.platform === "win32") return undefined;
  // A browser that a Grid lends is reached through the Grid. A config that cannot be read is the verb's to tell of.
  const config = await readConfig(context.workspace).catch(() => undefined);
  return config?.config.grid === undefined ? true : undefined;
}

export const run: Tool<"open"> = async ({ input, connection, signal, progress }) => {
  const { context, options, cwd } = connection;
  const mode = input.mode ?? "read-only";
  if (mode === "write-access" && options.readOnly)
    throw new LibrettoError(
      "RefusedByMode",
      "open is refused: this server was started with --read-only, and opens no session with write access.",
      "Open it read-only, or leave mode out.",
    );
  const result = await open(
    context,
    {
      url: input.url,
      session: input.session,
      cwd,
      mode,
      locked: input.locked,
      sealed: input.sealed ?? (await canBeSealed(context)),
      headless: headlessAsSet(context, input.headless),
      viewport: input.viewport === undefined ? undefined : parseViewport(input.viewport),
      // A saved login is a person's: it comes with a session that is read-only, and never with one that can be driven
      // because a program said so.
      authProfile: mode === "write-access" ? false : undefined,
      onWaiting: () => progress("Waiting for a browser."),
    },
    signal,
  );
  const { state, warnings } = result;
  connection.opened(state.session, state.startedAt);
  const fence = new Fence();
  const view = viewOf({ name: state.session, liveness: "live", state }, connection, fence);
  const next = state.mode === "read-only" ? "Look with snapshot, read and logs." : "Look with snapshot, act with act.";
  return {
    content: [
      {
        type: "text",
        text: answerText({
          head: [lineOf(view), next].join("\n"),
          // The address is what the page made of it; a warning may quote it.
          page: [state.url, ...warnings.map((warning) => `warning: ${warning}`)].join("\n"),
          url: state.url,
          maxChars: 4_000,
        }),
      },
    ],
    structuredContent: { ...view },
  };
};
