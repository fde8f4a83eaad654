import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { maskTree } from "../../src/sessions/host/requests/snapshot.js";
import { shapeTree, treeDifference } from "../../src/sessions/host/requests/snapshotTree.js";
import { viewOf } from "../../src/sessions/host/requests/snapshotView.js";
import { Redactor } from "../../src/sessions/logs/redact.js";
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

  it("S20 --depth shows so many levels, and says how many lines are below them", () => {
    const shaped = (depth: number): ReturnType<typeof shapeTree> =>
      shapeTree(tree, { depth, maxLines: 100, maxChars: 10_000 });
    assert.deepEqual(shaped(1), { text: "- main [ref=e1]:", leftOut: 4 });
    assert.deepEqual(
      shaped(2)
        .text.split("\n")
        .map((line) => line.trim().split(" ")[1]),
      ["main", "list", "text:"],
    );
    assert.deepEqual(shaped(3), { text: tree, leftOut: 0 });
  });

  it("S20 --interactive shows each kind of element that can be clicked, typed into or chosen, and nothing else", () => {
    const usable =
      "button link textbox searchbox checkbox radio combobox listbox option menuitem menuitemcheckbox menuitemradio slider spinbutton switch tab treeitem gridcell iframe".split(
        " ",
      );
    const lines = [...usable, "heading", "paragraph", "img", "list"].map((role, at) => `  - ${role} "x" [ref=e${at}]`);
    const { text } = shapeTree(["- main [ref=e99]:", ...lines].join("\n"), {
      interactive: true,
      maxLines: 100,
      maxChars: 10_000,
    });
    assert.deepEqual(
      text.split("\n").map((line) => /- (\w+)/.exec(line)?.[1]),
      ["main", ...usable],
    );
  });

  it("S20: what fits to the line and to the character is shown whole, and one less leaves the deepest out", () => {
    const lines = tree.split("\n");
    const shaped = (maxLines: number, maxChars: number): ReturnType<typeof shapeTree> =>
      shapeTree(tree, { maxLines, maxChars });
    // Each line ends in a line break.
    const chars = tree.length + 1;
    assert.deepEqual(shaped(lines.length, chars), { text: tree, leftOut: 0 });
    const without = chars - (lines[3] ?? "").length - 1;
    for (const { text, leftOut } of [
      shaped(lines.length - 1, chars),
      shaped(lines.length, chars - 1),
      shaped(lines.length, without),
    ]) {
      assert.equal(leftOut, 1);
      assert.equal(text, lines.filter((_, index) => index !== 3).join("\n"));
    }
  });

  it("S20, S27: an element that only has the focus now has not changed; one that also says something else has", () => {
    const before = ["- main [ref=e1]:", '  - textbox "A" [active] [ref=e2]', '  - textbox "B" [ref=e3]'].join("\n");
    const after = ["- main [ref=e1]:", '  - textbox "A" [ref=e2]', '  - textbox "B" [active] [ref=e3]'];
    assert.deepEqual(treeDifference(before, after.join("\n"), 1_000), { text: "", leftOut: 0 });
    const typed = treeDifference(before, [...after.slice(0, 2), `${after[2]}: typed`].join("\n"), 1_000);
    assert.equal(typed.text, 'in main [ref=e1]:\n~ textbox "B" [ref=e3]: typed');
  });

  it("S20 --since with a ref tells what changed in that part of the page, and nothing of the rest", () => {
    const folder = mkdtempSync(join(tmpdir(), "libretto-view-"));
    try {
      const write = (id: string, ad: string, price: string): string => {
        mkdirSync(join(folder, id));
        const path = join(folder, id, "tree.yaml");
        const lines = [
          "# http://shop",
          "- main [ref=e1]:",
          "  - list [ref=e2]:",
          `    - text: ${price}`,
          `  - text: ${ad}`,
        ];
        writeFileSync(path, `${lines.join("\n")}\n`);
        return path;
      };
      write("1", "old ad", "5 EUR");
      const cheaper = write("2", "new ad", "4 EUR");
      const same = write("3", "third ad", "4 EUR");
      assert.equal(
        viewOf({ id: "2", tree: cheaper }, { ref: "e2", since: "1" }, folder),
        "in list [ref=e2]:\n+ text: 4 EUR\n- text: 5 EUR",
      );
      assert.equal(viewOf({ id: "3", tree: same }, { ref: "e2", since: "2" }, folder), "# Nothing changed since 2.");
      assert.match(viewOf({ id: "3", tree: same }, { since: "2" }, folder) ?? "", /third ad/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("F: a password of six characters is hidden also inside of a word, a shorter one where it stands alone", () => {
    const text = ["- text: xsecretx", "- text: xshortx", "- text: is short."].join("\n");
    assert.deepEqual(maskTree({ text, secrets: ["secret", "short"] }, new Redactor()).split("\n"), [
      "- text: 'x***masked***x'",
      "- text: xshortx",
      "- text: 'is ***masked***.'",
    ]);
  });
});
