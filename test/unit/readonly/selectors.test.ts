import assert from "node:assert/strict";
import { patternSource, plainSelector } from "../../../src/sessions/host/reads/selectors.js";
import { NotAllowed } from "../../../src/sessions/host/reads/refusals.js";

describe("Selectors of readonly-exec", () => {
  const quick = [
    "//div//span",
    "//*[@id='a']",
    "(//a)[3]",
    "..",
    "xpath=/html/body/div[1]/table[2]/tbody/tr[3]/td[4]",
    '//tr[td[contains(text(), "Book 3")]]',
    "//table[.//tr[td[text()='x']]]",
    "//label[text()='x']/following-sibling::input[1]",
    "//input[ancestor::form[@id='x'] and not(ancestor::fieldset)]",
    "//a[.//b and .//c and .//d]",
    "//tr[count(//tr) > 3]",
    "//div[div//a or mod//b]",
    "//p[. = 'a //*[//*[//*]]']",
    '//p[. = "]" and a]',
    "//h2[text()='a >> b']/following::table[1]//tr",
    "//ul/*//li",
    "//*[* and */*//b]",
    "//tr[position() mod 2 = 1]//td",
    "//a >> //b >> //c",
    "a[href='//cdn.example.test']",
    "text=/a|b/ >> xpath=//i",
    "//a[b//c[d//e]]",
    "//ab[cd//ef[gh//ij]]",
    "//x[div//a[mod//b]]",
    "//x[*//a[*//b]]",
    "//x[a/div//b[a/mod//c]]",
    "//x[floor//a[floor//b]]",
    "//*[a[b[c[d]]]]",
    "//*[.//a[//b]]",
    `//p[. = "a //*[//*[//*]]"]`,
    `//a[${Array(13).fill('. = "x y"').join(" or ")}]`,
    `//a[${Array(13).fill(". = 'x y'").join(" or ")}]`,
    `/html${"/div".repeat(14)}`,
    `//*${"/following::*".repeat(11)}`,
    "[data_x=1]",
    "a_b=c",
    Array(50).fill("xpath=a").join(" >> "),
  ];
  for (const selector of quick) it(`${selector} is taken`, () => assert.equal(plainSelector(selector), selector));

  const slow = [
    "//*[//*[//*]]",
    "//*[count(//*[count(//*[count(//*)>0])>0])>0]",
    "xpath=//*[following::*[following::*]]",
    "  * >> xpath = //*[ //a[ //b ] ]",
    "//*[../*[../*]]",
    "*xpath=//*[//*[//*]]",
    "xpath:light=//*[//*[//*]]",
    "//*[a and//b[c or//d]]",
    "//*[2*//b[3 *  //d]]",
    "//*[é*//b[é *//d]]",
    "//*[preceding-sibling::*[ancestor-or-self :: *]]",
    "//*[.//*[.//*[.//*[.//*]]]]",
    "//*[descendant::*[descendant::*[descendant::*[descendant::*]]]]",
    `//*[. = '>>' or //*[. != ">>" or //*]]`,
    `css=a[b="\\""] >> //*[//*[//*]]`,
    `//*${"/following::*".repeat(20)}`,
    "//*[a[b[c[d[e]]]]]",
    "//*[a]//b[(//c)[(//d)]]",
    "//*[1 div//a[1 mod//b]]",
    "//*[-//a[-//b]]",
    Array(60).fill("//a").join(" >> "),
    Array(51).fill("xpath=a").join(" >> "),
    `//*${"/following::*".repeat(12)}`,
    ...[
      "following-sibling",
      "preceding",
      "preceding-sibling ",
      "ancestor",
      "ancestor-or-self",
      "parent",
      "parent ",
    ].flatMap((axis) => [`//*${`/${axis}::*`.repeat(12)}`, `//*[${axis}::*[${axis}::*]]`]),
    "//*[descendant-or-self::*[descendant ::*[descendant::*[descendant::*]]]]",
    "//*[//a[//b]]",
  ];
  for (const selector of slow)
    it(`${selector.slice(0, 80)} is refused`, () => assert.throws(() => plainSelector(selector), NotAllowed));

  for (const selector of [
    "_react=A",
    "a >> _vue=b",
    "internal:control=enter-frame",
    "*internal:has='x'",
    "  *_react=A",
    "_react =A",
    "a >> * _react=A",
    "aria-template=x",
  ])
    it(`the engine of ${selector} is refused`, () => assert.throws(() => plainSelector(selector), NotAllowed));

  it("brackets inside each other are taken up to fifty deep, whatever they are, and those beside each other do not count", () => {
    for (const [open, close] of ["()", "[]", "{}"].map((pair) => [...pair] as [string, string])) {
      assert.ok(plainSelector(`a${open.repeat(50)}`));
      assert.throws(
        () => plainSelector(`a${open.repeat(51)}`),
        (thrown) => thrown instanceof NotAllowed && /more than 50 brackets inside each other/.test(thrown.message),
      );
      assert.ok(plainSelector(`a${(open + close).repeat(60)}`));
      assert.ok(plainSelector(`a${open}${(open + close).repeat(60)}${close.repeat(3)}`));
      // What closes nothing makes no room.
      assert.throws(() => plainSelector(`a${close.repeat(10)}${open.repeat(51)}`), NotAllowed);
    }
    assert.throws(() => plainSelector(`a${"([{".repeat(17)}`), NotAllowed);
  });

  it("a refusal says what is too much", () => {
    const told = (selector: string): string => {
      try {
        return plainSelector(selector);
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.equal(told(Array(51).fill("xpath=a").join(" >> ")), "a selector with more than 50 XPaths");
    assert.match(told("//*[//*[//*]]"), /^an XPath that searches the page again for each element it finds/);
    assert.equal(told("a >> _vue=b"), "the selector engine _vue");
  });

  it("hostile white space and slashes are looked at in a moment", () => {
    for (const selector of [`//a[${" ".repeat(19_000)}x`, `//${"/a".repeat(9_000)}`, `//a[${"b *".repeat(6_000)}`]) {
      try {
        plainSelector(selector);
      } catch (error) {
        assert.ok(error instanceof NotAllowed);
      }
    }
  });

  it("a pattern with the flag u or v cannot end a part of a selector, and means what it meant", () => {
    for (const flags of ["u", "v", "iu"]) {
      for (const [source, text] of [
        ["a >> b", "a >> b"],
        ["a>>>>b", "a>>>>b"],
        ["(?<n>>)", ">"],
        [String.raw`(?<q>")'\x60\k<q>>`, `"'\`">`],
        [String.raw`\\"`, '\\"'],
        [String.raw`\\>>`, "\\>>"],
      ] as const) {
        const written = patternSource(source, flags);
        assert.doesNotMatch(written, />>|["'`]/, source);
        assert.match(text, new RegExp(`^${written}$`, flags));
      }
    }
    assert.equal(patternSource("a >> b", "i"), "a >> b");
    assert.match("`", new RegExp(patternSource("[\\`]", "v"), "v"));
  });
});
