/** Makes `pause()` stop a debugger in the function that calls it, where its variables are. */
import type { AnyNode, Expression, Super } from "acorn";

/** What the code asks whether it is to stop at a call: given the function that is called. */
export const stopsAtName = "$stopsAt_";

/**
 * Puts a `debugger` statement in front of each statement that is a call of a function named `pause`, to be reached
 * where `$stopsAt_` says so of that function. Other ways to call it are left as they are.
 * @param code JavaScript
 * @param program what was parsed of it
 * @returns the code, every line where it was
 */
export function withDebuggerStops(code: string, program: AnyNode): string {
  let made = code;
  for (const { start, end, callee } of pausesIn(program).sort((a, b) => b.start - a.start))
    made = `${made.slice(0, start)}{if (${stopsAtName}(${callee})) debugger;${made.slice(start, end)}}${made.slice(end)}`;
  return made;
}

interface Pause {
  start: number;
  end: number;
  callee: string;
}

function pausesIn(program: AnyNode): Pause[] {
  const found: Pause[] = [];
  const visit = (node: AnyNode): void => {
    const callee = calledIn(node);
    if (callee !== undefined && /(?:^|\.)pause$/.test(callee)) found.push({ start: node.start, end: node.end, callee });
    for (const value of Object.values(node) as unknown[])
      for (const child of Array.isArray(value) ? (value as unknown[]) : [value])
        if (typeof child === "object" && child !== null && "type" in child && "start" in child) visit(child as AnyNode);
  };
  visit(program);
  return found;
}

/** The name of the function that a statement calls, where it does nothing else; sucrase writes `name.call(void 0, …)`. */
function calledIn(statement: AnyNode): string | undefined {
  const expression =
    statement.type === "ExpressionStatement"
      ? statement.expression
      : statement.type === "ReturnStatement"
        ? statement.argument
        : undefined;
  const call = expression?.type === "AwaitExpression" ? expression.argument : expression;
  return call?.type === "CallExpression" ? nameOf(call.callee)?.replace(/\.call$/, "") : undefined;
}

/** `a.b.c`; undefined for what is more than names, and could do something when it is asked for twice. */
function nameOf(node: Expression | Super): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || node.computed || node.property.type !== "Identifier") return undefined;
  const object = nameOf(node.object);
  return object === undefined ? undefined : `${object}.${node.property.name}`;
}
