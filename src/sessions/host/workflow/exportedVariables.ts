/** Makes one export of each variable of `export const a = 1, b = 2`: sucrase exports the first alone. */
import { parse, type VariableDeclaration } from "acorn";

/**
 * @param code JavaScript, as an ES module
 * @returns the same with a statement for each variable, every line where it was; undefined where there is nothing to do
 */
export function splitExportedVariables(code: string): string | undefined {
  const found = declarationsIn(code).filter(({ declarations }) => declarations.length > 1);
  if (found.length === 0) return undefined;
  let split = code;
  for (const { kind, declarations } of found.reverse())
    for (let index = declarations.length - 1; index > 0; index--) {
      const [from, to] = [declarations[index - 1]?.end ?? 0, declarations[index]?.start ?? 0];
      const between = code.slice(from, to).replace(/\/\*[^]*?\*\/|\/\/.*/g, (comment) => " ".repeat(comment.length));
      const comma = from + between.indexOf(",");
      split = `${split.slice(0, comma)}; export ${kind} ${split.slice(comma + 1)}`;
    }
  return split;
}

function declarationsIn(code: string): VariableDeclaration[] {
  try {
    const { body } = parse(code, { ecmaVersion: 2026, sourceType: "module", allowHashBang: true });
    return body.flatMap((statement) =>
      statement.type === "ExportNamedDeclaration" && statement.declaration?.type === "VariableDeclaration"
        ? [statement.declaration]
        : [],
    );
  } catch {
    // What cannot be read is told where the whole file is made.
    return [];
  }
}
