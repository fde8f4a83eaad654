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
  ];
  for (const selector of slow)
    it(`${selector.slice(0, 80)} is refused`, () => assert.throws(() => plainSelector(selector), NotAllowed));

  for (const selector of [
    "_react=A",
    "a >> _vue=b",
    "internal:control=enter-frame",
    "*internal:has='x'",
    "aria-template=x",
  ])
    it(`the engine of ${selector} is refused`, () => assert.throws(() => plainSelector(selector), NotAllowed));

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
