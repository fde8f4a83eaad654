/** `snapshot`: the tree of a page, or a part of it. */
import { snapshot } from "../../sessions/operations/snapshot.js";
import { answer } from "../answers.js";
import { defaultMaxChars } from "../toolList.js";
import type { Tool } from "../call.js";

/** What the marks and our own lines take of an answer, at most. */
const around = 700;

export const run: Tool<"snapshot"> = async ({ input, connection, signal }) => {
  const { page, ref, find, since, depth, interactive } = input;
  const maxChars = input.max_chars ?? defaultMaxChars;
  const result = await snapshot(
    connection.context,
    {
      session: connection.sessionOf(input.session),
      page,
      ref,
      find,
      since,
      depth,
      interactive,
      maxChars: Math.max(200, maxChars - around),
    },
    signal,
  );
  return answer({
    head: [`Snapshot ${result.id} of session "${result.session}" (${result.mode})${pageNote(result, page)}.`].join(
      "\n",
    ),
    page: `${result.page.url} ${result.page.title}\n${result.text}`,
    url: result.page.url,
    maxChars,
    more: "Ask for a part with ref, find, depth or interactive.",
  });
};

/** Which page it was, where there was a choice and none was made. */
export function pageNote(
  { page, pageCount }: { page?: { id: string } | undefined; pageCount: number },
  given: string | undefined,
): string {
  return page === undefined || pageCount < 2 || given !== undefined
    ? ""
    : `, page ${page.id}, the most recently active of ${pageCount}`;
}
