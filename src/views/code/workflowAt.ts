/** Whether a file holds a workflow, and on which line. A pure function of its text. */

const imports = /^\s*(?:import\b[^;]*?\bfrom\s*|(?:const|let|var)\b[^;=]*=\s*require\s*\(\s*)(["'])libretto\1/m;
const call = /(?<![\w$.])workflow\s*(?:<[^()]*>)?\(/;

/**
 * @param text of a TypeScript or JavaScript file
 * @returns the line, counted from 0, where `workflow(` makes the file's default export, else where it first stands;
 * undefined for a file that does not import from `libretto`
 */
export function workflowAt(text: string): number | undefined {
  if (!imports.test(text)) return undefined;
  const lines = withoutComments(text).split("\n");
  const exported = lines.findIndex((line) => call.test(line) && /\bexport\s+default\b|\bmodule\.exports\b/.test(line));
  const found = exported >= 0 ? exported : lines.findIndex((line) => call.test(line));
  return found >= 0 ? found : undefined;
}

/** Comments become blanks, and lines stay lines. What looks like a comment inside a string goes too, which harms no call. */
function withoutComments(text: string): string {
  return text.replace(
    /\/\*[^]*?\*\/|(^|[^:"'`])\/\/[^\n]*/g,
    (found, before: string | undefined) => (before ?? "") + found.slice((before ?? "").length).replace(/[^\n]/g, " "),
  );
}
