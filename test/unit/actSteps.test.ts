import assert from "node:assert/strict";
import { checkSteps, describeStep, maxSteps, maxStepText, stepOfWords } from "../../src/sessions/model/actSteps.js";

const click = { action: "click", target: "e1" };
const fill = (value: string): object => ({ action: "fill", target: "e1", value });

describe("S27: the steps of act", () => {
  it("S27: as many as are said are taken, and not one more", () => {
    const steps = Array.from({ length: maxSteps }, () => click);
    assert.deepEqual(checkSteps(steps), steps);
    assert.throws(
      () => checkSteps([...steps, click]),
      new RegExp(`${maxSteps + 1} steps were given, and ${maxSteps} `),
    );
    assert.throws(() => checkSteps([]), /No steps/);
  });

  it("S27: a text may be as long as is said, and not a character longer", () => {
    assert.equal(checkSteps([fill("x".repeat(maxStepText))])[0]?.value?.length, maxStepText);
    assert.throws(() => checkSteps([fill("x".repeat(maxStepText + 1))]), /the value is not text/);
    assert.equal(checkSteps([fill("")])[0]?.value, "");
  });

  it("S27: half a minute is waited for, and not a millisecond longer", () => {
    const wait = (value: string): object => ({ action: "wait", value });
    assert.deepEqual(checkSteps([wait("30000")]), [wait("30000")]);
    for (const wrong of ["30001", "-1", "1.5", ""])
      assert.throws(() => checkSteps([wait(wrong)]), /milliseconds/, wrong);
  });

  it("S27: the step at fault is named among several, and not where it is the only one", () => {
    assert.throws(() => checkSteps([click, { ...click, value: "x" }]), /^LibrettoError: Step 2: click takes no value/);
    assert.throws(() => checkSteps([{ ...click, value: "x" }]), /^LibrettoError: click takes no value/);
  });

  it("F: what is typed stands in no step that is told; an address, a key and a state do", () => {
    const told = (words: string[]): string => describeStep(stepOfWords(words));
    for (const action of ["fill", "type"]) assert.equal(told([action, "e1", "hunter2"]), `${action} e1`);
    assert.equal(told(["goto", "http://shop/"]), "goto http://shop/");
    assert.equal(told(["press", "Enter"]), "press Enter");
    assert.equal(told(["wait", "e1", "hidden"]), "wait e1 hidden");
  });
});
