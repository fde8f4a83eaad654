import assert from "node:assert/strict";
import { layOutJson } from "../../src/views/logPane/layOutJson.js";

describe("JSON laid out", () => {
  it("looks as JSON.stringify lays it out", () => {
    for (const value of [
      {},
      [],
      { a: [] },
      [{}, [1, 'a,b:{}[]" \\ \n'], null, true],
      { "k:{": { deep: [[["x"]]], n: -1.5e-7 } },
    ]) {
      assert.equal(layOutJson(JSON.stringify(value)), JSON.stringify(value, undefined, 2));
      assert.equal(layOutJson(` ${JSON.stringify(value, undefined, "\t")} \n`), JSON.stringify(value, undefined, 2));
    }
  });

  it("keeps what reading and writing would change: long numbers, their form, names that are there twice", () => {
    assert.equal(
      layOutJson('{"id":12345678901234567890,"n":1.50,"n":1E3,"s":"\\u00e9\\/"}'),
      '{\n  "id": 12345678901234567890,\n  "n": 1.50,\n  "n": 1E3,\n  "s": "\\u00e9\\/"\n}',
    );
  });

  it("leaves alone what is no object and no list", () => {
    for (const text of ["", "text", "12", '"text"', "{", "[1,]", '{"a":1}}', "null"])
      assert.equal(layOutJson(text), undefined);
  });

  it("bears any depth", () => {
    const deep = "[".repeat(50_000) + "]".repeat(50_000);
    assert.equal(layOutJson(deep)?.replaceAll(/\s/g, ""), deep);
  });
});
