/** Where an error happened, as editors and other engines point at it. */
import { parse, type Node } from "acorn";

/**
 * QuickJS points at the dot of `a.b` and at the parenthesis of `f(x)`. This gives the beginning of the name
 * `b`, of `f`, or of `new`, which is what people look for.
 * @param body the body of an async function
 * @param line from 1
 * @param column from 1
 */
export function pointAtName(body: string, line: number, column: number): { line: number; column: number } {
  const lines = body.split(/\r\n|[\n\r\u2028\u2029]/);
  let program: Node;
  try {
    program = parse(body, {
      ecmaVersion: 2025,
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      locations: true,
    });
  } catch {
    return { line, column };
  }
  const at = { line, column: column - 1 };
  let found: Place | undefined;
  const visit = (node: Parsed): void => {
    if (isBefore(at, node.loc.start) || isBefore(node.loc.end, at)) return;
    // The innermost wins: it is visited last.
    found = nameIn(node, at) ?? found;
    for (const value of Object.values(node))
      for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) if (isNode(child)) visit(child);
  };
  visit(program as Parsed);
  return found === undefined || lines[found.line - 1] === undefined
    ? { line, column }
    : { line: found.line, column: found.column + 1 };
}

interface Place {
  line: number;
  column: number;
}
interface Parsed extends Node {
  loc: { start: Place; end: Place };
  callee?: Parsed;
  object?: Parsed;
  property?: Parsed;
}

function isNode(value: unknown): value is Parsed {
  return typeof value === "object" && value !== null && "type" in value && "loc" in value;
}

function isBefore(a: Place, b: Place): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

/** The name that a place between a name and what follows it stands for. */
function nameIn(node: Parsed, at: Place): Place | undefined {
  if (node.type === "MemberExpression" && node.object && node.property) {
    return !isBefore(at, node.object.loc.end) && !isBefore(node.property.loc.start, at)
      ? node.property.loc.start
      : undefined;
  }
  if (
    (node.type === "CallExpression" || node.type === "NewExpression") &&
    node.callee &&
    !isBefore(at, node.callee.loc.end)
  ) {
    if (node.type === "NewExpression") return node.loc.start;
    return node.callee.property?.loc.start ?? node.callee.loc.start;
  }
  return undefined;
}
