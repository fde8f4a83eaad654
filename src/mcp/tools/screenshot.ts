/** `screenshot`: the picture of a snapshot. */
import { readFile } from "node:fs/promises";
import { snapshot } from "../../sessions/operations/snapshot.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import type { Tool } from "../call.js";
import { Fence } from "../fence.js";
import { pageNote } from "./snapshot.js";

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
  const fence = new Fence();
  // What is written in a picture is the page's as well: it stands between the marks, too.
  return {
    content: [
      {
        type: "text",
        text: `Picture ${result.id} of session "${session}" (${mode})${pageNote(result, input.page)}.\n${fence.begin(page.url)}`,
      },
      { type: "image", data: await readFile(png, "base64"), mimeType: "image/png" },
      { type: "text", text: fence.end },
    ],
  };
};
