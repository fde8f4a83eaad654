/** Puts the frame of a workflow, or of a test, around steps. */
import type { Input } from "./inputs.js";
import type { Script } from "./steps.js";

/** A workflow of Libretto's, with a schema for what it asks for. */
export function workflowText(name: string, { steps, inputs, usesContext }: Script): string {
  const fields = inputs.all.map(
    (input) => `  /** ${commentSafe(input.about)} */\n  ${input.name}: ${schemaOf(input)},`,
  );
  const given = ["page", ...(usesContext ? ["context"] : []), ...(fields.length > 0 ? ["input"] : [])].join(", ");
  return [
    'import { workflow } from "libretto";',
    ...(fields.length > 0 ? ['import * as z from "zod";', "", "const input = z.object({", ...fields, "});"] : []),
    "",
    `export default workflow(${JSON.stringify(name)}, {${fields.length > 0 ? " input " : ""}}, async ({ ${given} }) => {`,
    ...body(steps),
    "});",
    "",
  ].join("\n");
}

/** A test for Playwright's own runner; what it asks for comes from the environment. */
export function testText(name: string, { steps, inputs, usesContext }: Script): string {
  const fields = inputs.all.map((input) => {
    const variable = input.name.replace(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/gu, "_").toUpperCase();
    const value =
      input.value === undefined
        ? `fromEnvironment(${JSON.stringify(variable)})`
        : `process.env[${JSON.stringify(variable)}] ?? ${JSON.stringify(input.value)}`;
    return `  /** ${commentSafe(input.about)} */\n  ${input.name}: ${value},`;
  });
  const asks = inputs.all.some(({ value }) => value === undefined);
  return [
    'import { test } from "@playwright/test";',
    ...(fields.length > 0 ? ["", "const input = {", ...fields, "};"] : []),
    "",
    `test(${JSON.stringify(name)}, async ({ page${usesContext ? ", context" : ""} }) => {`,
    ...body(steps),
    "});",
    ...(asks
      ? [
          "",
          "function fromEnvironment(name: string): string {",
          "  const value = process.env[name];",
          "  if (value === undefined) throw new Error(`Set ${name} in the environment.`);",
          "  return value;",
          "}",
        ]
      : []),
    "",
  ].join("\n");
}

function body(steps: Script["steps"]): string[] {
  return steps.flatMap(({ lines }) => lines.map((line) => `  ${line}`));
}

function schemaOf({ name, value }: Input): string {
  const type = name === "site" ? "z.url()" : "z.string()";
  return value === undefined ? type : `${type}.default(${JSON.stringify(value)})`;
}

function commentSafe(text: string): string {
  return text.replaceAll("*/", "* /");
}
