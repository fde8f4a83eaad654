import assert from "node:assert/strict";
import { describeCandidate, nearestElements } from "../../src/sessions/host/requests/nearestElements.js";

const tree = `- heading "Shop" [level=1] [ref=e2]
- button "Send order" [ref=e3]
- button "Cancel" [disabled] [ref=e4]
- link "Send it back" [ref=e5]
- 'textbox "E-mail: yours" [ref=e7]': a secret
- iframe [ref=e8]:
  - button "Pay now" [ref=f1e2]`;

describe("S16 what an error says that the page had instead", () => {
  const nearest = (locator: string): string[] => nearestElements(tree, locator).map(describeCandidate);
  const cases: [locator: string, first: string | undefined][] = [
    ["getByRole('button', { name: 'Send ordre' })", 'button "Send order" [e3]'],
    ["getByRole('link', { name: 'Send order' })", 'button "Send order" [e3]'],
    ["getByRole('button', { name: 'Pay now' })", 'button "Pay now" [f1e2] (in a frame)'],
    ["getByRole('button', { name: 'Cancel it' })", 'button "Cancel" [e4] (disabled)'],
    ["getByLabel('Email yours')", 'textbox "E-mail: yours" [e7]'],
    ["locator('#send-order')", 'button "Send order" [e3]'],
    ["getByText('nowhere to be found')", undefined],
  ];
  for (const [locator, first] of cases)
    it(`${first ?? "nothing"} for ${locator}`, () => assert.equal(nearest(locator)[0], first));
  it("names at most three, and no value of a field", () => {
    assert.equal(nearest("getByRole('button', { name: 'Nope' })").length, 3);
    assert.doesNotMatch(nearest("getByLabel('E-mail')").join(), /secret/);
  });
});
