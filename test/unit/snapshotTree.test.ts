import assert from "node:assert/strict";
import { shapeTree } from "../../src/sessions/host/requests/snapshotTree.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";

const tree = [
  "- main [ref=e1]:",
  '  - list "Books" [ref=e2]:',
  '    - button "Buy 12 books" [ref=e3]',
  '    - button "Buy a/b" [ref=e4]',
  '  - text: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"',
].join("\n");

function find(text: string): string[] {
  const shaped = shapeTree(tree, { find: text, maxLines: 100, maxChars: 10_000 }).text;
  return [...shaped.matchAll(/ref=(e\d+)/g)].map(([, ref = ""]) => ref);
}

describe("S20: what is shown of a snapshot", () => {
  it("S20 --find takes a text in any case, or a regular expression between slashes, and shows what it stands in", () => {
    assert.deepEqual(find("buy A/B"), ["e1", "e2", "e4"]);
    assert.deepEqual(find("/Buy \\d+/"), ["e1", "e2", "e3"]);
    assert.deepEqual(find("/buy \\d+/"), []);
    assert.deepEqual(find("/^BUTTON .*books/i"), ["e1", "e2", "e3"]);
    assert.deepEqual(find("/a\\/b/"), ["e1", "e2", "e4"]);
  });

  it("S20 a regular expression of --find cannot hang, and one that is none is said to be wrong", () => {
    assert.deepEqual(find("/(a+)+$/"), []);
    for (const wrong of ["/(/", "/a/gx", "/(?=a)/"])
      assert.throws(
        () => find(wrong),
        (error: unknown) => error instanceof LibrettoError && error.code === "Usage" && error.message.startsWith(wrong),
      );
  });
});
