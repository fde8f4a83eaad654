import assert from "node:assert/strict";
import { workflowAt } from "../../src/views/code/workflowAt.js";

const head = 'import { pause, workflow } from "libretto";\n';

describe("S18: where a file holds a workflow", () => {
  const cases: [title: string, text: string, line: number | undefined][] = [
    ["on the line of its default export", `${head}\nexport default workflow("a", {}, async () => {});`, 2],
    [
      "before others that only help",
      `${head}const step = workflow("step", {}, f);\nexport default workflow("a", {}, f);`,
      2,
    ],
    [
      "where it is made, when it is exported later",
      `${head}const made = workflow<In, Out>("a", {}, f);\nexport default made;`,
      1,
    ],
    ["in CommonJS", `const { workflow } = require('libretto');\nmodule.exports = workflow("a", {}, f);`, 1],
    [
      "with imports over several lines",
      `import {\n  pause,\n  workflow,\n} from "libretto";\nexport default workflow(\n  "a", {}, f);`,
      4,
    ],
    ["not in a comment", `${head}// workflow(\n/*\n workflow(\n*/\n`, undefined],
    [
      "not in a file that imports nothing of ours",
      'import { workflow } from "other";\nexport default workflow("a");',
      undefined,
    ],
    ["not where another thing of that name is called", `${head}x.workflow("a"); my_workflow("b");`, undefined],
    [
      "behind an address, which is no comment",
      `${head}const at = "https://example.com"; export default workflow("a", {}, f);`,
      1,
    ],
  ];
  for (const [title, text, line] of cases) it(title, () => assert.equal(workflowAt(text), line));
});
