/** Source maps of what sucrase makes of a user's file, for debuggers. */
import { encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import { wordOrigins } from "./removedTypes.js";

/**
 * The comment that a debugger reads a script's map from.
 * @param url of the file, as a debugger is to find it
 * @param source what was typed
 * @param output the script that was made of it, every line where it was
 */
export function inlineSourceMap(url: string, source: string, output: string): string {
  const sourceLines = source.split("\n");
  const mappings = output
    .split("\n")
    .map((line, index): SourceMapSegment[] =>
      wordOrigins(sourceLines[index] ?? "", line).map(({ at, origin }) => [at, 0, index, origin]),
    );
  const map = { version: 3, sources: [url], sourcesContent: [source], names: [], mappings: encode(mappings) };
  return `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;
}
