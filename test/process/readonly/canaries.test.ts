import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Canaries, Stage } from "./stage.js";

/** Harm done from outside, each of a kind that the corpus tries to do. */
const harm: [what: string, act: (stage: Stage) => Promise<unknown>][] = [
  ["a click", (stage) => stage.witness.evaluate("document.querySelector('[type=checkbox]').click()")],
  ["a value", (stage) => stage.witness.evaluate("document.querySelector('[name=name]').value = 'x'")],
  ["a title", (stage) => stage.witness.evaluate("document.title = 'pwned'")],
  ["a focus", (stage) => stage.witness.evaluate("document.querySelector('[name=name]').focus()")],
  ["a global of the page", (stage) => stage.witness.evaluate("globalThis.pwned = 1")],
  ["an event", (stage) => stage.witness.evaluate("document.body.dispatchEvent(new CustomEvent('custom'))")],
  ["a POST", () => Promise.resolve()],
  ["a navigation", (stage) => stage.show("/submit")],
  ["a tab", (stage) => stage.witness.openPage("about:blank")],
  [
    "a cookie",
    (stage) =>
      stage.witness.send("Storage.setCookies", { cookies: [{ name: "pwned", value: "1", url: stage.site.url() }] }),
  ],
  ["a file", async (stage) => writeFileSync(join(stage.folder, "pwned"), "x")],
  ["an environment variable", async () => void (process.env["PWNED"] = "1")],
  [
    "a property of Object.prototype",
    async () => void Object.defineProperty(Object.prototype, "pwned", { value: 1, configurable: true }),
  ],
];

describe("The canaries of the corpus trip", () => {
  let stage: Stage;
  before(async () => {
    stage = await Stage.open("/form");
  });
  after(async () => {
    await stage.close();
  });
  afterEach(() => {
    delete process.env["PWNED"];
    delete (Object.prototype as { pwned?: unknown }).pwned;
  });

  for (const [what, act] of harm) {
    it(`at ${what}`, async () => {
      await stage.show("/form");
      stage.site.forget();
      const canaries = new Canaries(stage);
      await canaries.set();
      assert.deepEqual(await canaries.tripped(), [], "they are quiet when nothing happens");
      if (what === "a POST") await fetch(stage.site.url("/count"), { method: "POST" });
      else await act(stage);
      assert.notDeepEqual(await canaries.tripped(), []);
    });
  }
});
