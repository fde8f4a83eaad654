import assert from "node:assert/strict";
import { AgentSpans } from "../../../src/sessions/host/wire/agentSpans.js";
import type { ElementObservation, ObservedElement } from "../../../src/sessions/host/recorder/observations.js";
import { UserActions } from "../../../src/sessions/host/recorder/userActions.js";

const about = (name: string): ObservedElement => ({
  selector: `#${name}`,
  best: `getByTestId("${name}")`,
  nearbyText: name,
});
const on = (element: number) => ({ at: 0, element, url: "http://a/", about: about(`e${element}`) });
const click = (element: number): ElementObservation => ({ ...on(element), kind: "click", button: "left", x: 1, y: 2 });
const input = (element: number, value: string): ElementObservation => ({ ...on(element), kind: "input", value });
const commit = (element: number): ElementObservation => ({ at: 0, element, url: "http://a/", kind: "commit" });

describe("Must show 2: one entry an action, in order, no duplicates", () => {
  const told = (tell: (actions: UserActions, spans: AgentSpans, at: (ms: number) => number) => void): string[] => {
    const lines: string[] = [];
    const spans = new AgentSpans();
    const start = Date.now();
    const actions = new UserActions({
      emit: ({ action, value, about: element, frameId, from, to }) =>
        lines.push(
          [action, value, element?.selector, frameId, to > from ? `${to - from} ms` : undefined]
            .filter((part) => part !== undefined)
            .join(" "),
        ),
      isAgent: (work, at) => spans.covers(work, "T", at),
    });
    tell(actions, spans, (ms) => start + ms);
    actions.finish();
    return lines;
  };

  it("typing is one fill, with the last value, from the first key to the last", () => {
    assert.deepEqual(
      told((actions, _spans, at) => {
        actions.observe(undefined, input(1, "a"), at(0));
        actions.observe(undefined, { at: 0, element: 1, url: "http://a/", kind: "input", value: "ab" }, at(100));
        actions.observe(undefined, { at: 0, element: 1, url: "http://a/", kind: "input", value: "abc" }, at(200));
        actions.observe(undefined, commit(1), at(300));
        actions.observe(undefined, input(2, "x"), at(400));
      }),
      ["fill abc #e1 200 ms", "fill x #e2"],
    );
  });

  it("two clicks are one double click; clicks on two elements are two", () => {
    assert.deepEqual(
      told((actions, _spans, at) => {
        actions.observe(undefined, click(1), at(0));
        actions.observe(undefined, { ...on(1), kind: "dblclick", button: "left", x: 1, y: 2 }, at(80));
        actions.observe(undefined, click(2), at(400));
        actions.observe(undefined, click(3), at(500));
      }),
      ["dblclick #e1 80 ms", "click #e2", "click #e3"],
    );
  });

  it("elements of two frames with one number are two", () => {
    assert.deepEqual(
      told((actions, _spans, at) => {
        actions.observe("F", input(1, "a"), at(0));
        actions.observe("G", input(1, "b"), at(10));
      }),
      ["fill a #e1 F", "fill b #e1 G"],
    );
  });

  it("what code did within its span is left out, also where the span is told late", () => {
    assert.deepEqual(
      told((actions, spans, at) => {
        actions.observe(undefined, click(1), at(100));
        spans.begin({ work: "input", targetId: "T", at: at(95) });
        spans.end({ work: "input", targetId: "T", at: at(110) });
        actions.observe(undefined, click(2), at(200));
        spans.begin({ work: "input", targetId: "another page", at: at(290) });
        actions.observe(undefined, click(3), at(300));
      }),
      ["click #e2", "click #e3"],
    );
  });

  it("a person who types on where code has typed has a fill of their own", () => {
    assert.deepEqual(
      told((actions, spans, at) => {
        spans.begin({ work: "input", targetId: "T", at: at(0) });
        actions.observe(undefined, input(1, "by code"), at(10));
        spans.end({ work: "input", targetId: "T", at: at(20) });
        actions.observe(undefined, input(1, "by code, by hand"), at(500));
        actions.observe(undefined, commit(1), at(600));
      }),
      ["fill by code, by hand #e1"],
    );
  });

  it("an address typed as soon as the first page is there is a person's", () => {
    const spans = new AgentSpans();
    spans.begin({ work: "navigation", at: 0 });
    spans.end({ work: "navigation", at: 1_000, arrived: true });
    assert.equal(spans.covers("navigation", "T", 900), true);
    assert.equal(spans.covers("navigation", "T", 1_010), false);
  });

  it("a span that nobody ended ends by itself", () => {
    const spans = new AgentSpans();
    spans.begin({ work: "input", targetId: "T", at: 0 });
    assert.equal(spans.covers("input", "T", 5_000), true);
    assert.equal(spans.covers("navigation", "T", 5_000), false);
    assert.equal(spans.covers("input", "T", 60_000), false);
  });

  it("what is done in a page stands after the way there, also where that was heard of late", () => {
    const rows: [string, number][] = [];
    const start = Date.now();
    const actions = new UserActions({
      emit: ({ action, from }) => rows.push([action, from - start]),
      isAgent: (_work, at) => at === start + 300,
    });
    actions.observe(undefined, click(1), start + 100);
    actions.add({
      action: "goto",
      work: "navigation",
      from: start + 500,
      to: start + 600,
      frameId: undefined,
      url: "",
    });
    actions.pageChanged(start + 500);
    actions.observe(undefined, click(2), start + 300);
    actions.observe(undefined, click(3), start + 400);
    actions.observe(undefined, click(4), start + 700);
    actions.finish();
    assert.deepEqual(rows, [
      ["click", 100],
      ["goto", 500],
      ["click", 500],
      ["click", 700],
    ]);
  });

  it("a row of code in the midst of typing leaves it one fill", () => {
    assert.deepEqual(
      told((actions, _spans, at) => {
        actions.observe(undefined, input(1, "by "), at(0));
        actions.after(() => undefined);
        actions.observe(undefined, input(1, "by hand"), at(100));
        actions.observe(undefined, commit(1), at(200));
      }),
      ["fill by hand #e1 100 ms"],
    );
  });

  it("rows of code come after what was done by hand before", () => {
    const lines: string[] = [];
    const actions = new UserActions({
      emit: ({ about: element }) => lines.push(`hand ${element?.selector}`),
      isAgent: () => false,
    });
    actions.observe(undefined, click(1), Date.now());
    actions.after(() => lines.push("code"));
    actions.observe(undefined, click(2), Date.now());
    actions.finish();
    assert.deepEqual(lines, ["hand #e1", "code", "hand #e2"]);
  });
});
