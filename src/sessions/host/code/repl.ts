/**
 * Rewrites one call of the REPL so that its top-level declarations last. Each becomes an assignment through a
 * helper at the moment it is reached: what a failing call declared before it failed stays, and a name is
 * unknown until its declaration has run. References are left as they are: the code runs inside
 * `with (scope)`, so that functions of earlier calls see what later ones declare.
 */
import type { FunctionDeclaration, ImportDeclaration, Pattern, Program, Statement, VariableDeclaration } from "acorn";
import type MagicString from "magic-string";

/** Changes to the text, applied in order. */
export type Edits = ((text: MagicString) => void)[];

/** The name under which the code finds the helper (`ReplHelper`): one that nobody types by chance. */
export const replHelperName = "__libretto_repl__";

/** What the rewritten code calls. */
export interface ReplHelper {
  /** Declares the object's properties as constants. */
  const(values: Record<string, unknown>): void;
  /** Declares the object's properties as variables. */
  let(values: Record<string, unknown>): void;
  /** `var` without a value: declares the names that are unknown. */
  var(names: string[]): void;
  /** Declares the names as variables, to be filled by a destructuring pattern, and gives the value through. */
  open<T>(names: string[], value: T): T;
  /** Makes the names constants, once the pattern has filled them. */
  close(value: unknown, names: string[]): void;
}

/** The edits that make the top-level declarations of `program` last. */
export function rewriteForRepl(source: string, program: Program): Edits {
  const edits: Edits = [];
  const hoisted = new Set<string>();
  for (const statement of program.body) {
    switch (statement.type) {
      case "VariableDeclaration":
        declare(statement, source, edits, true);
        if (statement.kind === "var") for (const name of namesOf(statement)) hoisted.add(name);
        break;
      case "FunctionDeclaration":
        hoistFunction(statement, edits);
        break;
      case "ClassDeclaration": {
        const { start, end, id } = statement;
        edits.push((text) =>
          text.appendRight(start, `${replHelperName}.let({${key(id.name)}: `).appendLeft(end, "});"),
        );
        break;
      }
      case "ImportDeclaration":
        importAwaited(statement, edits);
        break;
      default:
        nestedVars(statement as Statement, source, edits, hoisted);
    }
  }
  if (hoisted.size > 0) edits.push((text) => text.prepend(`${replHelperName}.var(${JSON.stringify([...hoisted])});`));
  return edits;
}

/** `["name"]`: a computed key names functions like any other, and does not mean the prototype for `__proto__`. */
function key(name: string): string {
  return `[${JSON.stringify(name)}]`;
}

/** `const a = 1, {b} = c` → `helper.const({["a"]: 1}), helper.close(({b} = helper.open(["b"], c)), ["b"]);` */
function declare(node: VariableDeclaration, source: string, edits: Edits, isStatement: boolean): void {
  const first = node.declarations[0];
  if (!first) return;
  edits.push((text) => text.remove(node.start, first.start));
  for (const { id, init, start, end } of node.declarations) {
    if (id.type === "Identifier") {
      const call = `${replHelperName}.${node.kind === "const" ? "const" : "let"}({${key(id.name)}: `;
      if (init) edits.push((text) => text.overwrite(start, init.start, call).appendLeft(end, "})"));
      else if (node.kind === "var") edits.push((text) => text.overwrite(start, end, "void 0"));
      else edits.push((text) => text.overwrite(start, end, `${call}undefined})`));
    } else if (init) {
      const names = JSON.stringify(patternNames(id));
      const [before, after] = node.kind === "const" ? [`${replHelperName}.close((`, `)), ${names})`] : ["void (", "))"];
      edits.push((text) =>
        text
          .appendRight(start, before)
          .appendRight(init.start, `${replHelperName}.open(${names}, `)
          .appendLeft(end, after),
      );
    }
  }
  // What follows on the next line could otherwise be read as going on with the call.
  if (isStatement && source[node.end - 1] !== ";") edits.push((text) => text.appendLeft(node.end, ";"));
}

/** A function is declared before anything runs, and through the scope, so that a later call can replace it for its callers. */
function hoistFunction(node: FunctionDeclaration, edits: Edits): void {
  const { start, end, id } = node;
  edits.push((text) => {
    text
      .remove(id.start, id.end)
      .appendRight(start, `${replHelperName}.let({${key(id.name)}: `)
      .appendLeft(end, "});");
    if (start > 0) text.move(start, end, 0);
  });
}

/** `import d, {a as b} from "m"` → constants taken from `await import("m")`, at the place where it stands. */
function importAwaited(node: ImportDeclaration, edits: Edits): void {
  const module = `await import(${JSON.stringify(node.source.value)})`;
  const fields = node.specifiers.map((specifier) => {
    if (specifier.type === "ImportNamespaceSpecifier") return `${key(specifier.local.name)}: module`;
    const imported =
      specifier.type === "ImportDefaultSpecifier"
        ? "default"
        : specifier.imported.type === "Identifier"
          ? specifier.imported.name
          : String(specifier.imported.value);
    return `${key(specifier.local.name)}: module[${JSON.stringify(imported)}]`;
  });
  const replacement =
    fields.length === 0 ? `${module};` : `${replHelperName}.const(((module) => ({${fields.join(", ")}}))(${module}));`;
  edits.push((text) => text.overwrite(node.start, node.end, replacement));
}

/** `var` in blocks and loops belongs to the whole call, and lasts like one at the top. Functions keep theirs. */
function nestedVars(node: Statement, source: string, edits: Edits, hoisted: Set<string>): void {
  const inside = (child: Statement | null | undefined): void => {
    if (child) nestedVars(child, source, edits, hoisted);
  };
  const variables = (declaration: VariableDeclaration, isStatement: boolean): void => {
    if (declaration.kind !== "var") return;
    declare(declaration, source, edits, isStatement);
    for (const name of namesOf(declaration)) hoisted.add(name);
  };
  switch (node.type) {
    case "VariableDeclaration":
      return variables(node, true);
    case "BlockStatement":
      return node.body.forEach(inside);
    case "IfStatement":
      inside(node.consequent);
      return inside(node.alternate);
    case "ForStatement":
      if (node.init?.type === "VariableDeclaration") variables(node.init, false);
      return inside(node.body);
    case "ForInStatement":
    case "ForOfStatement":
      if (node.left.type === "VariableDeclaration" && node.left.kind === "var") {
        const { left } = node;
        const target = left.declarations[0];
        if (target) edits.push((text) => text.remove(left.start, target.start));
        for (const name of namesOf(left)) hoisted.add(name);
      }
      return inside(node.body);
    case "WhileStatement":
    case "DoWhileStatement":
    case "LabeledStatement":
    case "WithStatement":
      return inside(node.body);
    case "TryStatement":
      inside(node.block);
      inside(node.handler?.body);
      return inside(node.finalizer);
    case "SwitchStatement":
      return node.cases.forEach((one) => one.consequent.forEach(inside));
    default:
  }
}

function namesOf(node: VariableDeclaration): string[] {
  return node.declarations.flatMap(({ id }) => patternNames(id));
}

/** The names that a pattern binds. */
function patternNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        patternNames(property.type === "RestElement" ? property.argument : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? patternNames(element) : []));
    case "RestElement":
      return patternNames(pattern.argument);
    case "AssignmentPattern":
      return patternNames(pattern.left);
    case "MemberExpression":
      return [];
  }
}
