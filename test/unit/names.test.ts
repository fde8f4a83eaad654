import assert from "node:assert/strict";
import { generateName } from "../../src/sessions/operations/generatedNames.js";
import { assertSessionName, isSessionName } from "../../src/sessions/model/names.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";

describe("E: session names", () => {
  for (const name of ["a", "9", "debug-example", "A.b_c-1", "x".repeat(64)])
    it(`allows ${name.slice(0, 20)}`, () => assert.equal(isSessionName(name), true));

  for (const name of [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "a\\b",
    "-a",
    "_a",
    ".a",
    "a b",
    "a\n",
    "a\0",
    "é",
    "x".repeat(65),
    "con",
    "NUL.txt",
    "com1",
    "a.",
  ]) {
    it(`refuses ${JSON.stringify(name.slice(0, 20))} as a usage error, before a path is made of it`, () => {
      assert.throws(
        () => assertSessionName(name),
        (error) => error instanceof LibrettoError && error.exitStatus === 2 && error.hint !== "",
      );
    });
  }

  it("S1: makes up readable names that are not taken, also when nearly all are", () => {
    const taken = new Set<string>();
    for (let count = 0; count < 5_000; count++) {
      const name = generateName((candidate) => taken.has(candidate));
      assert.ok(!taken.has(name));
      assertSessionName(name);
      assert.match(name, /^[a-z]+-[a-z]+(-\d+)?$/);
      taken.add(name);
    }
  });
});
