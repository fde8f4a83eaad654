/** `screenshot`: the picture of a snapshot. */
import { readFile, stat } from "node:fs/promises";
import { snapshot } from "../../sessions/operations/snapshot.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { answer } from "../answers.js";
import type { Tool } from "../call.js";
import { Fence } from "../fence.js";
import { pageNote } from "./snapshot.js";

/** Bytes of a picture that is handed over: clients refuse what is more than 5 MB as text. */
const maxBytes = 3_750_000;

export const run: Tool<"screenshot"> = async ({ input, connection, signal }) => {
  const result = await snapshot(
    connection.context,
    { session: connection.sessionOf(input.session), page: input.page, maxChars: 200 },
    signal,
  );
  const { png, page, session, mode } = result;
  if (png === null)
    throw new LibrettoError(
      "Failed",
      `There is no picture. ${result.pictureMissing ?? ""}`,
      "Take a snapshot instead.",
    );
  const picture = `Picture ${result.id} of session "${session}" (${mode})${pageNote(result, input.page)}`;
  const { size } = await stat(png);
  if (size > maxBytes)
    return answer({
      head: `${picture} has ${(size / 1e6).toFixed(1)} MB, which is more than clients take. It is in ${png}\nOpen a session with a smaller viewport for one that fits, or use snapshot.`,
    });
  const fence = new Fence();
  // What is written in a picture is the page's as well: it stands between the marks, too.
  return {
    content: [
      {
        type: "text",
        text: `${picture}.\n${fence.begin(page.url)}`,
      },
      { type: "image", data: await readFile(png, "base64"), mimeType: "image/png" },
      { type: "text", text: fence.end },
    ],
  };
};
