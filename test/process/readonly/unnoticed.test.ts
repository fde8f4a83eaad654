import assert from "node:assert/strict";
import { locatorReads, surface } from "../../../src/sessions/host/sandbox/surface.js";
import { type ExecutorRunner, type Stage, useExecutor } from "./stage.js";

/** Run in the page's own world: counts each call of a built-in function, getter or setter while `watch(true)` holds. */
const hooks = `(() => {
  const { ownKeys, getOwnPropertyDescriptor, defineProperty, apply, construct } = Reflect;
  let watching = false;
  globalThis.calls = {};
  globalThis.watch = (on) => { watching = on; };
  const counted = (name, original) => typeof original !== "function" ? original : function (...args) {
    if (watching) { watching = false; calls[name] = (calls[name] ?? 0) + 1; watching = true; }
    return new.target ? construct(original, args) : apply(original, this, args);
  };
  for (const name of ["Array", "Map", "Set", "WeakMap", "RegExp", "String", "Function", "Object", "Promise", "JSON", "Node", "Element", "HTMLElement", "HTMLInputElement", "Document", "EventTarget", "NodeList", "MutationObserver", "Range", "CSSStyleDeclaration"]) {
    for (const object of [globalThis[name], globalThis[name].prototype ?? {}]) {
      for (const key of ownKeys(object)) {
        const descriptor = getOwnPropertyDescriptor(object, key);
        if (!descriptor.configurable || ["constructor", "prototype", "length", "name"].includes(key)) continue;
        const title = name + "." + String(key);
        if (descriptor.value) defineProperty(object, key, { ...descriptor, value: counted(title, descriptor.value) });
        else if (descriptor.get) defineProperty(object, key, { ...descriptor, get: counted(title, descriptor.get), set: counted(title, descriptor.set) });
      }
    }
  }
  return true;
})()`;

const locatorArguments: Partial<Record<string, string>> = { getAttribute: "'name'", ariaSnapshot: "{ boxes: true }" };
const pageReads = [
  "title",
  "content",
  "url",
  "viewportSize",
  "isClosed",
  "frames",
  "ariaSnapshot",
  "ariaSnapshotJSON",
  "waitForLoadState",
] as const;

describe("S14: a page cannot tell that it is read, and gains nothing by it", () => {
  let stage: Stage;
  let runner: ExecutorRunner;

  useExecutor((...made) => ([stage, runner] = made), "/form");
  before(() => stage.witness.evaluate(hooks));

  const readers = [
    ...locatorReads.map((name) => `page.locator('[name=gift]').${name}(${locatorArguments[name] ?? ""})`),
    ...pageReads.map((name) => `page.${name}()`),
    ...["title", "content"].map((name) => `page.mainFrame().${name}()`),
    "page.getByRole('button', { name: /send/i }).allInnerTexts()",
    "page.locator('form').filter({ has: page.getByText('Send') }).getByLabel('E-mail').boundingBox()",
  ];
  for (const code of readers) {
    it(`${code} runs none of the page's JavaScript, and is no gesture of a person`, async () => {
      await stage.witness.evaluate("calls = {}; watch(true); true");
      const ended = await runner.run(`return await ${code}`);
      const calls = await stage.witness.evaluate("watch(false); calls");
      assert.ok(ended.ok, JSON.stringify(ended));
      assert.deepEqual(calls, {});
      assert.deepEqual(
        await stage.witness.evaluate("[navigator.userActivation.hasBeenActive, navigator.userActivation.isActive]"),
        [false, false],
      );
    });
  }

  it("what a page put in the place of its own functions answers no read", async () => {
    await stage.show("/table");
    await stage.witness.evaluate(
      "for (const [of, name] of [[Node.prototype, 'textContent'], [HTMLElement.prototype, 'innerText']]) Object.defineProperty(of, name, { get: () => 'a lie' }); Element.prototype.getBoundingClientRect = () => ({ x: 1, y: 1, width: 1, height: 1 }); true",
      "/table",
    );
    const ended = await runner.run(
      "const cells = page.locator('tbody tr').first().locator('td'); return [(await cells.allTextContents())[1], (await cells.allInnerTexts())[1], (await cells.first().boundingBox()).width > 1]",
    );
    assert.ok(ended.ok, JSON.stringify(ended));
    assert.deepEqual(JSON.parse(ended.text), ["Book 1", "Book 1", true]);
  });

  it("each read of the page that is tried here is in the table", () => {
    for (const name of pageReads) assert.ok((surface.Page.allowed as readonly string[]).includes(name), name);
  });
});
