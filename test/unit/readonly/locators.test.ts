import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { $ZodError } from "zod/v4/core";
import { descriptionSchema, rebuildLocator, refsIn } from "../../../src/sessions/host/reads/locators.js";
import { NotAllowed } from "../../../src/sessions/host/reads/refusals.js";

/** How each recorder was come by: `page.locator("a", {}).first()`. */
const paths = new WeakMap<object, string>();

/** Writes down what is called on it and on what that gives, with the arguments. */
function recorder(path: string): object {
  const made = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          recorder(`${path}.${String(name)}(${args.map(shown).join(", ")})`),
    },
  );
  paths.set(made, path);
  return made;
}

function shown(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const path = paths.get(value);
  if (path !== undefined) return `<${path}>`;
  return `{${Object.entries(value)
    .map(([key, each]) => `${key}: ${shown(each)}`)
    .join(", ")}}`;
}

type Step = [string, ...unknown[]];
const at = (...steps: Step[]): { locator: { steps: Step[] } } => ({ locator: { steps } });
const rebuilt = (description: unknown, selectors?: ReadonlyMap<string, string>): string | undefined =>
  paths.get(
    rebuildLocator(
      descriptionSchema.parse(description),
      (frame) => recorder(frame === undefined ? "page" : `frame${frame}`) as Page,
      selectors,
    ),
  );
const denied = (description: unknown, told: RegExp): void =>
  assert.throws(
    () => rebuilt(description),
    (thrown) => thrown instanceof NotAllowed && told.test(thrown.message),
    JSON.stringify(description).slice(0, 200),
  );
const unfit = (description: unknown): void =>
  assert.throws(
    () => rebuilt(description),
    (thrown) => thrown instanceof $ZodError,
    JSON.stringify(description).slice(0, 200),
  );
const inner = at(["locator", "b"]);
const pattern = { regExp: ["^a", "i"] };

describe("S13: a locator is rebuilt as it was described", () => {
  const all: [Step[], string][] = [
    [[["locator", "a"]], 'page.locator("a", {})'],
    [
      [["locator", "a", { has: inner, hasNot: inner, hasText: "t", hasNotText: pattern }]],
      'page.locator("a", {has: <page.locator("b", {})>, hasNot: <page.locator("b", {})>, hasText: "t", hasNotText: /^a/i})',
    ],
    [[["locator", inner]], 'page.locator(<page.locator("b", {})>, {})'],
    [[["getByRole", "button"]], 'page.getByRole("button", {})'],
    [
      [
        [
          "getByRole",
          "treeitem",
          {
            checked: true,
            disabled: false,
            exact: true,
            expanded: false,
            includeHidden: true,
            pressed: false,
            selected: true,
            level: 2,
            name: pattern,
            description: "d",
          },
        ],
      ],
      'page.getByRole("treeitem", {checked: true, disabled: false, exact: true, expanded: false, includeHidden: true, pressed: false, selected: true, level: 2, name: /^a/i, description: "d"})',
    ],
    ...["getByText", "getByLabel", "getByPlaceholder", "getByAltText", "getByTitle"].flatMap(
      (name): [Step[], string][] => [
        [[[name, "x"]], `page.${name}("x", {})`],
        [[[name, pattern, { exact: true }]], `page.${name}(/^a/i, {exact: true})`],
      ],
    ),
    [[["getByTestId", "x"]], 'page.getByTestId("x")'],
    [[["getByTestId", pattern]], "page.getByTestId(/^a/i)"],
    [
      [["frameLocator", "iframe"], ["first"], ["getByText", "x"]],
      'page.frameLocator("iframe").first().getByText("x", {})',
    ],
    [[["frameLocator", "a"], ["last"], ["nth", 1], ["owner"]], 'page.frameLocator("a").last().nth(1).owner()'],
    [
      [
        ["frameLocator", "a"],
        ["frameLocator", "b"],
        ["locator", "c"],
      ],
      'page.frameLocator("a").frameLocator("b").locator("c", {})',
    ],
    [[["locator", "a"], ["filter"]], 'page.locator("a", {}).filter({})'],
    [
      [
        ["locator", "a"],
        ["filter", { has: inner, hasText: "x", visible: false }],
      ],
      'page.locator("a", {}).filter({has: <page.locator("b", {})>, hasText: "x", visible: false})',
    ],
    [[["locator", "a"], ["first"]], 'page.locator("a", {}).first()'],
    [[["locator", "a"], ["last"]], 'page.locator("a", {}).last()'],
    [
      [
        ["locator", "a"],
        ["nth", -1],
      ],
      'page.locator("a", {}).nth(-1)',
    ],
    [
      [
        ["locator", "a"],
        ["and", inner],
      ],
      'page.locator("a", {}).and(<page.locator("b", {})>)',
    ],
    [
      [
        ["locator", "a"],
        ["or", inner],
      ],
      'page.locator("a", {}).or(<page.locator("b", {})>)',
    ],
    [[["locator", "a"], ["visible"]], 'page.locator("a", {}).visible()'],
    [
      [
        ["locator", "a"],
        ["within", inner],
      ],
      'page.locator("a", {}).within(<page.locator("b", {})>)',
    ],
    [
      [
        ["locator", "a"],
        ["describe", "the a"],
      ],
      'page.locator("a", {}).describe("the a")',
    ],
    [
      [["locator", "a"], ["contentFrame"], ["getByTestId", "x"]],
      'page.locator("a", {}).contentFrame().getByTestId("x")',
    ],
  ];
  for (const [steps, path] of all) it(`S13: ${path.slice(0, 100)}`, () => assert.equal(rebuilt(at(...steps)), path));

  it("S13: from the frame of a number, those inside it too", () =>
    assert.equal(
      rebuilt({ locator: { frame: 2, steps: [["locator", { locator: { frame: 0, steps: [["locator", "b"]] } }]] } }),
      'frame2.locator(<frame0.locator("b", {})>, {})',
    ));

  it("S20: a ref of a snapshot becomes the selector of its element, and one that is not there stays", () => {
    const selectors = new Map([
      ["f1e12", "internal:role=button"],
      ["f12e3", "css=a"],
      ["e45", "css=b"],
    ]);
    assert.equal(rebuilt(at(["locator", "aria-ref=f12e3"]), selectors), 'page.locator("css=a", {})');
    assert.equal(rebuilt(at(["locator", "aria-ref=e45"]), selectors), 'page.locator("css=b", {})');
    assert.equal(rebuilt(at(["locator", "aria-ref=f1e12"]), selectors), 'page.locator("internal:role=button", {})');
    assert.equal(
      rebuilt(at(["locator", "  aria-ref=f1e12 >> css=b"]), selectors),
      'page.locator("internal:role=button >> css=b", {})',
    );
    assert.equal(rebuilt(at(["locator", "aria-ref=e3"]), selectors), 'page.locator("aria-ref=e3", {})');
    assert.equal(rebuilt(at(["locator", "a >> aria-ref=f1e12"]), selectors), 'page.locator("a >> aria-ref=f1e12", {})');
    assert.throws(() => rebuilt(at(["locator", "aria-ref=f1e12 >> _react=A"]), selectors), NotAllowed);
  });

  it("S20: the refs that a locator begins with, or one inside it, are found", () => {
    const nested = at(["locator", "aria-ref=e1"], ["filter", { has: at(["locator", " aria-ref=f23e4 >> a"]) }]);
    assert.deepEqual(refsIn(descriptionSchema.parse(nested)), ["e1", "f23e4"]);
    for (const selector of ["a >> aria-ref=e1", "aria-ref=x1", "aria-ref=e", "aria-ref=e1x", "xaria-ref=e1"])
      assert.deepEqual(refsIn(descriptionSchema.parse(at(["locator", selector]))), [], selector);
  });
});

describe("S14: what a locator does not take is refused before anything is looked for", () => {
  it("S14: steps that are not in the table, of whatever they are taken from", () => {
    for (const name of ["click", "evaluate", "constructor", "__proto__", "toString", ""]) denied(at([name]), /^page\./);
    for (const name of ["filter", "first", "and", "owner"]) denied(at([name]), new RegExp(`^page\\.${name}$`));
    denied(at(["locator", "a"], ["click"]), /^locator\.click$/);
    denied(at(["locator", "a"], ["owner"]), /^locator\.owner$/);
    for (const name of ["filter", "and", "contentFrame", "click"])
      denied(at(["frameLocator", "a"], [name]), new RegExp(`^frameLocator\\.${name}$`));
    denied(at(["frameLocator", "a"], ["owner"], ["owner"]), /^locator\.owner$/);
  });

  it("S14: a frame locator where an element is meant", () => {
    denied(at(["frameLocator", "a"]), /^a frame locator where a locator is wanted$/);
    denied(at(["locator", "a"], ["contentFrame"]), /^a frame locator/);
    denied(at(["frameLocator", "a"], ["first"]), /^a frame locator/);
    denied(at(["locator", "a"], ["and", at(["frameLocator", "a"])]), /^a frame locator/);
  });

  it("S14: arguments of another kind, and options that are none", () => {
    for (const step of [
      ["locator"],
      ["locator", 1],
      ["locator", "a", { strict: true }],
      ["locator", "a", {}, {}],
      ["locator", "x".repeat(20_001)],
      ["locator", pattern],
      ["getByRole", "a b"],
      ["getByRole", "a=b"],
      ["getByRole", ""],
      ["getByRole", "x".repeat(101)],
      ["getByRole", "button", { name: 1 }],
      ["getByRole", "button", { level: 1.5 }],
      ["getByText", "a", { exact: "yes" }],
      ["getByText", "a", { visible: true }],
      ["getByText", { regExp: ["a", "x"] }],
      ["getByText", { regExp: ["a", "gimsuvydg"] }],
      ["getByText", { regExp: ["a".repeat(10_001), ""] }],
      ["getByText", { regExp: ["a"] }],
      ["getByText", { regExp: ["a", ""], more: 1 }],
      ["getByTestId", "a", { exact: true }],
      ["frameLocator", "a", {}],
      ["frameLocator", inner],
    ] as Step[])
      unfit(at(step));
    for (const step of [
      ["filter", { visible: 1 }],
      ["filter", { has: "a" }],
      ["first", 0],
      ["last", 0],
      ["nth"],
      ["nth", 0.5],
      ["and"],
      ["and", "a"],
      ["or", {}],
      ["visible", true],
      ["within", "a"],
      ["describe", 1],
      ["contentFrame", 1],
    ] as Step[])
      unfit(at(["locator", "a"], step));
    unfit(at());
    unfit({ locator: { steps: [["locator", "a"]], page: 1 } });
    unfit({ locator: { frame: "0", steps: [["locator", "a"]] } });
  });

  it("S14: as long as it may be, and no longer", () => {
    assert.ok(rebuilt(at(["locator", "x".repeat(20_000)])));
    assert.ok(rebuilt(at(["getByRole", "x".repeat(100)])));
    assert.ok(rebuilt(at(["getByText", { regExp: ["a".repeat(10_000), "dgimsy"] }])));
    assert.ok(rebuilt(at(["locator", "a"], ...Array.from({ length: 199 }, (): Step => ["first"]))));
    unfit(at(["locator", "a"], ...Array.from({ length: 200 }, (): Step => ["first"])));
    // Those of locators inside it count.
    const long = at(["locator", "a"], ...Array.from({ length: 97 }, (): Step => ["first"]));
    assert.ok(rebuilt(at(["locator", "a"], ["first"], ["and", long], ["or", long])));
    denied(at(["locator", "a"], ["first"], ["first"], ["and", long], ["or", long]), /more than 200 steps$/);
  });

  it("S14: locators inside locators, five deep; as many beside each other as there are steps", () => {
    const nested = (depth: number): ReturnType<typeof at> =>
      depth === 1 ? at(["locator", "a"]) : at(["locator", "a"], ["filter", { has: nested(depth - 1) }]);
    assert.ok(rebuilt(nested(5)));
    denied(nested(6), /^a locator inside 5 others$/);
    assert.ok(rebuilt(at(["locator", "a"], ...Array.from({ length: 20 }, (): Step => ["and", inner]))));
  });

  it("S14: engines that are not for users, wherever a selector stands", () => {
    const engine = "_react=App";
    denied(at(["locator", engine]), /^the selector engine _react$/);
    denied(at(["frameLocator", engine]), /^the selector engine _react$/);
    denied(at(["locator", "a"], ["locator", engine]), /^the selector engine/);
    denied(at(["locator", "a", { has: at(["locator", engine]) }]), /^the selector engine/);
    denied(at(["locator", "a"], ["filter", { hasNot: at(["locator", engine]) }]), /^the selector engine/);
    denied(at(["locator", "a"], ["contentFrame"], ["locator", engine]), /^the selector engine/);
  });

  it("S14: a pattern with u or v is handed on as one that cannot end its selector", () =>
    assert.equal(
      rebuilt(at(["getByText", { regExp: ["a >> b", "u"] }])),
      String.raw`page.getByText(/a >\x3e b/u, {})`,
    ));
});
