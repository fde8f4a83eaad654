import assert from "node:assert/strict";
import { modeAnswer } from "../../src/cli/commands/sessionMode.js";
import type { SetModeResult } from "../../src/sessions/ipc/protocol.js";

const locked: SetModeResult = { session: "shop", mode: "read-only", previous: "write-access", running: "none" };

describe("S25: the answer to a change of the mode, in words", () => {
  const cases: [what: string, told: Partial<SetModeResult>, words: string][] = [
    ["a code that was cancelled", { running: "cancelled" }, "A running exec was cancelled."],
    ["a code that was waited for", { running: "waited" }, "A running exec was waited for."],
    [
      "a workflow that runs on",
      { workflowRuns: true },
      "Its workflow runs on and may drive the page: `libretto stop --session shop` ends it.",
    ],
    ["a request that was denied", { request: "denied" }, "The request for write access was denied."],
    [
      "pages that did not answer",
      { unsettledPages: ["aaa", "bbb"] },
      "Page aaa, bbb did not answer: what had been sent there before may still happen.",
    ],
    ["a script that runs on", { scriptsRunOn: ["aaa"] }, "A script that was sent to page aaa runs on there."],
    ["what stays as it was set", { kept: ["viewport", "network"] }, "Kept as code had set it: viewport, network."],
    ["what ended with the code", { ended: ["routes"] }, "Ended with the lock: routes."],
    [
      "other sessions that were locked",
      { alsoLocked: ['session "two"'] },
      'Also locked, on the same browser: session "two".',
    ],
    [
      "other sessions that could not be",
      { stillDrivenBy: ['session "two"'] },
      'Not locked, and still able to drive the same browser: session "two".',
    ],
  ];
  it("S25: where there is nothing else to tell, it tells nothing else", () => {
    assert.equal(modeAnswer(locked), 'Session "shop" is now read-only.');
    assert.equal(modeAnswer({ ...locked, previous: "read-only" }), 'Session "shop" is read-only.');
    const until = "2026-11-23T00:00:00.000Z";
    assert.equal(
      modeAnswer({ ...locked, mode: "write-access", previous: "read-only", grantedUntil: until, request: "granted" }),
      `Session "shop" is now write-access until ${until}. The request for write access was granted.`,
    );
  });
  for (const [what, told, words] of cases)
    it(`S25: tells of ${what}`, () =>
      assert.equal(modeAnswer({ ...locked, ...told }), `Session "shop" is now read-only. ${words}`));

  it("S25: tells of all of it together", () => {
    const all = modeAnswer(cases.reduce((so, [, told]) => ({ ...so, ...told }), locked));
    for (const [, told, words] of cases) if (told.running !== "cancelled") assert.ok(all.includes(words), words);
  });
});
