import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { NotAllowed } from "../../../src/sessions/host/reads/refusals.js";
import { perform, readNames } from "../../../src/sessions/host/reads/reads.js";
import { RunFrames, type RunScope } from "../../../src/sessions/host/reads/runScope.js";
import { LibrettoError } from "../../../src/sessions/util/errors.js";

type Called = [name: string, ...args: unknown[]];

/** The scope of a run on a page that writes down what is asked of it. */
class Asked {
  readonly calls: Called[] = [];
  /** What it answers, by name; a function is called. */
  readonly answers: Record<string, unknown> = {};
  dialog: LibrettoError | undefined;
  remainingMs = 10_000;
  stuckReadsEnded = 0;
  readonly told: string[] = [];
  readonly over = new AbortController();
  readonly frame: Record<string, unknown>;
  readonly page: Record<string, unknown>;
  readonly scope: RunScope;

  constructor() {
    const answering =
      (prefix: string, name: string) =>
      async (...args: unknown[]): Promise<unknown> => {
        this.calls.push([`${prefix}${name}`, ...args]);
        const answer = this.answers[name];
        return typeof answer === "function" ? (answer as (...args: unknown[]) => unknown)(...args) : answer;
      };
    const locator: object = new Proxy(
      {},
      {
        get: (_, name) => {
          if (name === "then") return undefined;
          if (name === "locator" || name === "first") return () => locator;
          return answering("locator.", String(name));
        },
      },
    );
    const listeners = new Map<string, Set<() => void>>();
    this.frame = {
      url: () => this.answers["frameUrl"] ?? "http://x/inner",
      name: () => "inner",
      isDetached: () => this.answers["isDetached"] === true,
      title: answering("frame.", "title"),
      content: answering("frame.", "content"),
      waitForLoadState: answering("frame.", "waitForLoadState"),
      locator: () => locator,
    };
    const main: Record<string, unknown> = {
      ...this.frame,
      url: () => "http://x/",
      name: () => "",
      parentFrame: () => null,
    };
    this.frame["parentFrame"] = () => main;
    this.page = {
      mainFrame: () => main,
      frames: () => [main, this.frame],
      locator: () => locator,
      waitForLoadState: answering("page.", "waitForLoadState"),
      ariaSnapshot: answering("page.", "ariaSnapshot"),
      ariaSnapshotJSON: answering("page.", "ariaSnapshotJSON"),
      on: (event: string, listener: () => void) =>
        listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
      off: (event: string, listener: () => void) => listeners.get(event)?.delete(listener),
    };
    this.fire = (event) => listeners.get(event)?.forEach((listener) => listener());
    this.listening = () => [...listeners.values()].reduce((sum, { size }) => sum + size, 0);
    const reads = Object.fromEntries(
      ["url", "title", "content", "viewportSize", "scrollBy", "urlChange"].map((name) => [
        name,
        answering("reads.", name),
      ]),
    );
    this.scope = {
      reads: () => reads as unknown as ReturnType<RunScope["reads"]>,
      page: async () => this.page as unknown as Page,
      selectorOf: (ref) => Promise.resolve(ref === "e1" ? "css=#one" : undefined),
      dialog: () => this.dialog,
      isClosed: () => this.answers["isClosed"] === true,
      frames: new RunFrames(),
      get: {
        cookies: () => Promise.resolve(undefined),
        userAgent: () => Promise.resolve("x"),
        debuggingEndpoints: () => Promise.resolve([]),
        maxBytes: 1,
      },
      remainingMs: () => this.remainingMs,
      signal: this.over.signal,
      ranOut: (message) => this.told.push(`${message.slice(0, 58)}, ${this.stuckReadsEnded} ended`),
      endStuckReads: async () => void this.stuckReadsEnded++,
    };
  }
  fire: (event: string) => void;
  listening: () => number;

  do(method: string, args: unknown[] = [], on?: unknown): Promise<unknown> {
    return perform(this.scope, { method, args, on });
  }
}

const on = { locator: { steps: [["locator", "a"]] } };
const named =
  (name: string, told: RegExp) =>
  (thrown: unknown): boolean => {
    assert.ok(thrown instanceof Error);
    assert.equal(thrown.name, name, thrown.message);
    assert.match(thrown.message, told);
    return true;
  };

describe("S13: each read of the bridge asks for what it says, and hands the answer on", () => {
  let asked: Asked;
  beforeEach(() => (asked = new Asked()));

  it("S13: of the page as a whole", async () => {
    Object.assign(asked.answers, {
      url: "http://x/",
      title: "T",
      content: "<html>",
      viewportSize: { width: 1, height: 2 },
      scrollBy: { x: 3, y: 4 },
      isClosed: true,
    });
    assert.equal(await asked.do("page.url"), "http://x/");
    assert.equal(await asked.do("page.title"), "T");
    assert.equal(await asked.do("page.content"), "<html>");
    assert.deepEqual(await asked.do("page.viewportSize"), { width: 1, height: 2 });
    assert.equal(await asked.do("page.isClosed"), true);
    assert.deepEqual(await asked.do("page.scrollBy", [5, -6]), { x: 3, y: 4 });
    assert.deepEqual(asked.calls.at(-1), ["reads.scrollBy", 5, -6]);
  });

  it("S13: of its frames, by number", async () => {
    const frames = await asked.do("frames");
    assert.deepEqual(frames, [
      { id: 0, parent: null, name: "", url: "http://x/" },
      { id: 1, parent: 0, name: "inner", url: "http://x/inner" },
    ]);
    Object.assign(asked.answers, { title: "T", content: "C" });
    assert.equal(await asked.do("frame.title", [1]), "T");
    assert.equal(await asked.do("frame.content", [1]), "C");
    await asked.do("frame.waitForLoadState", [1, "load"]);
    assert.deepEqual(asked.calls.at(-1)?.slice(0, 2), ["frame.waitForLoadState", "load"]);
    await assert.rejects(asked.do("frame.title", [2]), NotAllowed);
    asked.answers["isDetached"] = true;
    await assert.rejects(asked.do("frame.title", [1]), /Frame was detached/);
  });

  it("S13: of a frame's number before the frames were asked for: the main one alone is known", async () => {
    await asked.do("frame.title", [0]);
    await assert.rejects(asked.do("frame.title", [1]), NotAllowed);
  });

  const within = { timeout: 9_750 };
  const taking: [string, unknown[], Called[]][] = [
    ...[
      "textContent",
      "innerText",
      "innerHTML",
      "inputValue",
      "isEnabled",
      "isDisabled",
      "isEditable",
      "isChecked",
      "boundingBox",
    ].map((name): [string, unknown[], Called[]] => [name, [], [[name, within]]]),
    ["getAttribute", ["id"], [["getAttribute", "id", within]]],
    ["allTextContents", [], [["allTextContents"]]],
    ["allInnerTexts", [], [["allInnerTexts"]]],
    [
      "ariaSnapshot",
      [{ boxes: true, depth: 2, mode: "default" }],
      [["ariaSnapshot", { boxes: true, depth: 2, mode: "default", ...within }]],
    ],
    ["ariaSnapshotJSON", [{ depth: 0 }], [["ariaSnapshotJSON", { depth: 0, ...within }]]],
    ["waitFor", [{ state: "attached" }], [["waitFor", { state: "attached", ...within }]]],
    ["waitFor", [{ state: "detached" }], [["waitFor", { state: "detached", ...within }]]],
    ["waitFor", [{ state: "visible" }], [["waitFor", { state: "visible", ...within }]]],
    ["waitFor", [{ state: "hidden" }], [["waitFor", { state: "hidden", ...within }]]],
  ];
  for (const [name, args, calls] of taking)
    it(`S13: of a locator: ${name}`, async () => {
      asked.answers[name] = "the answer";
      assert.equal(await asked.do(`locator.${name}`, args, on), "the answer");
      const signal = asked.over.signal;
      const told = calls.map(([called, ...rest]) => [
        `locator.${called}`,
        ...rest.map((each) => (typeof each === "object" ? { ...(each as object), signal } : each)),
      ]);
      assert.deepEqual(asked.calls, told);
    });

  for (const [name, nothing, something] of [
    ["count", 0, 3],
    ["isVisible", false, true],
    ["isHidden", true, false],
  ] as const)
    it(`S13: of a locator: ${name}, asked once more where nothing was there`, async () => {
      asked.answers[name] = something;
      assert.equal(await asked.do(`locator.${name}`, [], on), something);
      assert.equal(asked.calls.length, 1);
      asked.answers[name] = nothing;
      assert.equal(await asked.do(`locator.${name}`, [], on), nothing);
      assert.equal(asked.calls.length, 3);
      const answers = [nothing, something];
      asked.answers[name] = () => answers.shift();
      assert.equal(await asked.do(`locator.${name}`, [], on), something);
    });

  it("S13: of the accessibility tree, with what of it is asked for", async () => {
    asked.answers["ariaSnapshot"] = "- tree";
    assert.equal(await asked.do("page.ariaSnapshot", [{ boxes: true, depth: 3 }]), "- tree");
    await asked.do("page.ariaSnapshotJSON", [{ depth: 1 }]);
    await asked.do("page.ariaSnapshotJSON", []);
    const signal = asked.over.signal;
    assert.deepEqual(asked.calls, [
      ["page.ariaSnapshot", { timeout: 9_750, signal, boxes: true, depth: 3 }],
      ["page.ariaSnapshotJSON", { timeout: 9_750, signal, depth: 1 }],
      ["page.ariaSnapshotJSON", { timeout: 9_750, signal }],
    ]);
  });

  it("S13: of a load state, each of the three", async () => {
    for (const state of ["load", "domcontentloaded", "networkidle"]) await asked.do("page.waitForLoadState", [state]);
    assert.deepEqual(
      asked.calls.map(([, state]) => state),
      ["load", "domcontentloaded", "networkidle"],
    );
    await assert.rejects(asked.do("page.waitForLoadState", ["commit"]), named("TypeError", /argument 1: /));
    asked.calls.length = 0;
    await asked.do("page.waitForLoadState", ["load", { timeout: 300 }]);
    await asked.do("frame.waitForLoadState", [0, "load", { timeout: 400 }]);
    assert.deepEqual(
      asked.calls.map(([, , options]) => (options as { timeout: number }).timeout),
      [300, 400],
    );
  });
});

describe("S13: a read takes no more time than its run has", () => {
  let asked: Asked;
  beforeEach(() => (asked = new Asked()));
  const timeoutOf = async (asking: number | undefined): Promise<unknown> => {
    await asked.do("locator.textContent", asking === undefined ? [] : [{ timeout: asking }], on);
    return (asked.calls.at(-1)?.[1] as { timeout: number }).timeout;
  };

  it("S13: its own limit, the run's where it has none or no end, and a moment less than the run's for a better error", async () => {
    assert.deepEqual(
      [await timeoutOf(100), await timeoutOf(undefined), await timeoutOf(0), await timeoutOf(60_000)],
      [100, 9_750, 9_750, 9_750],
    );
    asked.remainingMs = 501;
    assert.equal(await timeoutOf(undefined), 251);
    asked.remainingMs = 500;
    assert.equal(await timeoutOf(undefined), 750, "one that begins near the end is ended with the run");
    asked.remainingMs = 0.2;
    assert.equal(await timeoutOf(undefined), 250);
    asked.remainingMs = -300;
    assert.equal(await timeoutOf(60_000), 1);
  });

  it("S13: a page that answers nothing is told of by the read that waited, in a TimeoutError", async () => {
    asked.remainingMs = 30 - 250;
    for (const name of ["url", "title", "content", "viewportSize", "scrollBy", "ariaSnapshot", "ariaSnapshotJSON"])
      asked.answers[name] = () => new Promise(() => undefined);
    const silent =
      /^\S+: the page did not answer within 30 ms\. It runs a script that does not yield, shows a dialog, or waits/;
    const ofPage = ["url", "title", "content", "viewportSize", "ariaSnapshot", "ariaSnapshotJSON"];
    for (const name of [...ofPage.map((each) => `page.${each}`), "frame.title", "frame.content"])
      await assert.rejects(
        asked.do(name, name.startsWith("frame") ? [0] : []),
        (thrown: Error) => named("TimeoutError", silent)(thrown) && thrown.message.startsWith(name),
      );
    await assert.rejects(asked.do("page.scrollBy", [0, 0]), named("TimeoutError", silent));
    asked.scope.page = () => new Promise(() => undefined);
    await assert.rejects(asked.do("frames"), named("TimeoutError", /^The page: the page did not answer within 30 ms/));
  });

  it("S13: a locator's read has its own limit first; the page that answers nothing at all is told of after it", async () => {
    asked.answers["textContent"] = () => new Promise(() => undefined);
    await assert.rejects(
      asked.do("locator.textContent", [{ timeout: 20 }], on),
      named("TimeoutError", /^locator\.textContent: the page did not answer within 145 ms/),
    );
    assert.equal(asked.stuckReadsEnded, 1);
    asked.answers["textContent"] = () => Promise.reject(new Error("Playwright's own"));
    await assert.rejects(asked.do("locator.textContent", [], on), /Playwright's own/);
    assert.equal(asked.stuckReadsEnded, 2);
    // The run may end before the stuck reads have, and tells it then.
    assert.deepEqual(asked.told, ["locator.textContent: the page did not answer within 145 ms, 0 ended"]);
  });

  it("S13: an address that does not come in time is a TimeoutError; one that comes is the end of it", async () => {
    asked.answers["urlChange"] = (_: string, signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    await assert.rejects(
      asked.do("page.urlChange", ["http://x/", { timeout: 20 }]),
      named("TimeoutError", /^waitForURL: no matching address within 20 ms$/),
    );
    asked.answers["urlChange"] = undefined;
    await asked.do("page.urlChange", ["http://x/", { timeout: 20 }]);
    assert.equal(asked.calls.at(-1)?.[1], "http://x/");
  });

  it("S13: so in a frame, whose end is an error", async () => {
    await asked.do("frames");
    await assert.rejects(
      asked.do("frame.urlChange", [1, "http://x/inner", { timeout: 20 }]),
      named("TimeoutError", /^waitForURL: no matching address within 20 ms$/),
    );
    assert.equal(asked.listening(), 0);
    await asked.do("frame.urlChange", [1, "http://x/before", { timeout: 20 }]);
    await asked.do("frame.urlChange", [1, "http://x/before"]);
    for (const event of ["framenavigated", "framedetached"]) {
      asked.answers["frameUrl"] = "http://x/inner";
      const waiting = asked.do("frame.urlChange", [1, "http://x/inner", { timeout: 5_000 }]);
      await new Promise((resolve) => setImmediate(resolve));
      // An event that changes nothing is none.
      asked.fire(event);
      await new Promise((resolve) => setImmediate(resolve));
      asked.answers["frameUrl"] = "http://x/other";
      asked.fire(event);
      await waiting;
    }
    asked.answers["frameUrl"] = "http://x/inner";
    const waiting = asked.do("frame.urlChange", [1, "http://x/inner", { timeout: 5_000 }]);
    await new Promise((resolve) => setImmediate(resolve));
    asked.answers["isDetached"] = true;
    asked.fire("framedetached");
    await assert.rejects(waiting, /waitForURL: the frame was detached/);
    assert.equal(asked.listening(), 0);
  });

  it("S13: the end of the run ends a wait for an address", async () => {
    asked.answers["urlChange"] = (_: string, signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    const waiting = asked.do("page.urlChange", ["http://x/"]);
    await new Promise((resolve) => setImmediate(resolve));
    asked.over.abort();
    await assert.rejects(waiting, named("TimeoutError", /waitForURL/));
  });

  it("S13: get has a limit of its own", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    try {
      await assert.rejects(
        asked.do("get", [url, { timeout: 20 }]),
        named("TimeoutError", new RegExp(`^get ${url}: no answer within 20 ms$`)),
      );
      await assert.rejects(asked.do("get", ["http://127.0.0.1:9/"]), named("Error", /ECONNREFUSED/));
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});

describe("S14: what the bridge does not take has no effect", () => {
  let asked: Asked;
  beforeEach(() => (asked = new Asked()));

  it("S14: a call that is not in the table", async () => {
    for (const method of ["page.click", "page.evaluate", "locator.click", "constructor", "__proto__", "toString", ""])
      await assert.rejects(
        asked.do(method, [], on),
        (thrown: unknown) => thrown instanceof NotAllowed && thrown.message === method,
      );
    assert.deepEqual(asked.calls, []);
  });

  it("S14: arguments that do not fit are named by their place", async () => {
    const cases: [string, unknown[], RegExp][] = [
      ["page.title", [1], /^page\.title: (?!argument)./],
      ["get", ["x", { headers: { a: 1 } }], /^get: argument 2\.headers\.a: /],
      ["page.scrollBy", [1], /^page\.scrollBy: /],
      ["page.scrollBy", [1, "2"], /^page\.scrollBy: argument 2: /],
      ["page.urlChange", ["a", { timeout: -1 }], /^page\.urlChange: argument 2\.timeout: /],
      ["page.urlChange", ["a", { force: 1, more: 2 }], /^page\.urlChange: argument 2: unknown option "force", "more"$/],
      ["page.ariaSnapshot", [{ mode: "ai" }], /argument 1\.mode: /],
      ["page.ariaSnapshot", [{ depth: -1 }], /argument 1\.depth: /],
      ["frame.title", [-1], /argument 1: /],
      ["frame.title", [0.5], /argument 1: /],
      ["frame.waitForLoadState", [0, "x"], /argument 2: /],
      ["locator.textContent", [{ force: true }], /^locator\.textContent: argument 1: unknown option "force"$/],
      ["locator.textContent", [{}, {}], /^locator\.textContent: /],
      ["locator.getAttribute", [], /^locator\.getAttribute: /],
      ["locator.getAttribute", ["id", { force: true }], /argument 2: unknown option/],
      ["locator.count", [{}], /^locator\.count: /],
      ["locator.waitFor", [{ state: "enabled" }], /argument 1\.state: /],
      ["locator.ariaSnapshot", [{ boxes: 1 }], /argument 1\.boxes: /],
      ["get", ["x", { body: "" }], /^get: argument 2: unknown option "body"$/],
    ];
    for (const [method, args, told] of cases)
      await assert.rejects(asked.do(method, args, on), named("TypeError", told), method);
    assert.deepEqual(asked.calls, []);
    for (const place of [undefined, {}, "a", { locator: { steps: [] } }])
      await assert.rejects(asked.do("locator.count", [], place), named("TypeError", /^locator\.count: /));
  });

  it("S14: there are no more calls than these", () => assert.equal(readNames.length, 34));

  it("S20: a ref is looked up before the locator is made of it", async () => {
    const refs: string[] = [];
    asked.scope.selectorOf = (ref) => {
      refs.push(ref);
      return Promise.resolve("css=#one");
    };
    await asked.do("locator.count", [], { locator: { steps: [["locator", "aria-ref=e1"]] } });
    assert.deepEqual(refs, ["e1"]);
    const made: unknown[] = [];
    const mine = Object.assign(asked.page, {
      locator: (selector: unknown) => (made.push(selector), { count: () => 1 }),
    });
    assert.ok(mine);
    await asked.do("locator.count", [], { locator: { steps: [["locator", "aria-ref=e1"]] } });
    asked.scope.selectorOf = () => Promise.resolve(undefined);
    await asked.do("locator.count", [], { locator: { steps: [["locator", "aria-ref=e1"]] } });
    assert.deepEqual(made, ["css=#one", "aria-ref=e1"]);
  });

  it("S13: a locator of a frame is looked for there, and in no frame that was not told of", async () => {
    const inFrame = (frame: number): unknown => ({ locator: { frame, steps: [["locator", "a"]] } });
    asked.answers["count"] = 1;
    await assert.rejects(asked.do("locator.count", [], inFrame(1)), NotAllowed);
    await asked.do("frames");
    let there = 0;
    asked.frame["locator"] = () => ({ count: () => ++there });
    assert.equal(await asked.do("locator.count", [], inFrame(1)), 1);
    assert.equal(there, 1);
  });
});

describe("S13: while the page shows a dialog", () => {
  const dialog = new LibrettoError("DialogOpen", "Page 1 shows a dialog", "answer it");

  it("S13: what needs the page says so, and what does not is answered", async () => {
    const asked = new Asked();
    asked.dialog = dialog;
    asked.answers["url"] = "http://x/";
    assert.equal(await asked.do("page.url"), "http://x/");
    assert.equal(await asked.do("page.isClosed"), false);
    for (const [method, place] of [
      ["page.title", undefined],
      ["locator.count", on],
      ["frames", undefined],
    ] as const)
      await assert.rejects(
        asked.do(method, [], place),
        named("DialogOpen", new RegExp(`^${method}: Page 1 shows a dialog$`)),
      );
    await assert.rejects(asked.do("get", ["nowhere"]), /not an absolute address/);
  });

  it("S13: one that opened while a read waited is why it came to nothing; another error stays", async () => {
    const asked = new Asked();
    asked.remainingMs = 20;
    asked.answers["title"] = () => {
      asked.dialog = dialog;
      return new Promise(() => undefined);
    };
    await assert.rejects(asked.do("page.title"), named("DialogOpen", /^page\.title: Page 1 shows a dialog$/));
    asked.dialog = undefined;
    asked.answers["title"] = () => {
      asked.dialog = dialog;
      throw new Error("its own");
    };
    await assert.rejects(asked.do("page.title"), named("Error", /its own/));
  });
});
