// Bundles the tests of a group. Stryker runs it in its copy of the project, whose sources hold every mutant at once.
import { readdirSync } from "node:fs";
import { bundleTests } from "../../scripts/bundleTests.mjs";
import { groups } from "./groups.mjs";

const { tests } = groups[process.argv[2]];
const files = tests.flatMap((path) =>
  path.endsWith("/")
    ? readdirSync(path)
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => `${path}${name}`)
    : path,
);
await bundleTests(["test/mutation/limits.ts", ...files], { outdir: "out/mutation" });
