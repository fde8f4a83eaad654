import assert from "node:assert/strict";
import { chromiumPath } from "../support/browser.js";
import { failureOf, type Workspace } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { Display, whyNoWindow } from "./recorder/display.js";

/** Sets off a dialog that no code waits for; its answer comes to the site. */
const ask = (kind: string): string =>
  `setTimeout(() => { const answer = ${kind}; document.title = String(answer); fetch("/echo?answer=" + answer); }, 0); 1`;

for (const [where, kind] of [
  ["the headless shell", "any"],
  ["a full Chromium", "full"],
] as const) {
  describe(`S25 dialogs of pages in ${where}`, () => {
    const given = useFixtures(`dialogs-${kind}`);
    const isShell = (): boolean => chromiumPath(kind).includes("headless-shell");
    const open = async (session: string, mode: string): Promise<void> => {
      await given.workspace.ok(["open", given.site.url("/form"), "--headless", "--session", session, mode], {
        env: { LIBRETTO_CHROMIUM: chromiumPath(kind) },
      });
    };
    const answers = (): (string | null)[] =>
      given.site.requests.filter(({ path }) => path === "/echo").map(({ query }) => query.get("answer"));
    const cli = (args: string[]) => given.workspace.cli(args, { timeoutMs: 12_000 });

    it("S25: a read changes nothing of what a page's dialog does, before it, after it, and while it is open", async () => {
      const { workspace, site } = given;
      await open("read", "--read-only");
      const session = ["--session", "read"];
      const witness = await given.witness("read");
      const readAll = async (): Promise<void> => {
        for (const read of [
          ["readonly-exec", "return await page.locator('h1').textContent()"],
          ["readonly-exec", "await page.waitForURL('**/form')"],
          ["snapshot"],
        ])
          await workspace.ok([...read, ...session]);
      };
      if (isShell()) {
        // It says no by itself, read or not.
        await witness.evaluate(ask("confirm('Sure?')"));
        await site.until(() => answers().length === 1, "the first answer");
        await readAll();
        await witness.evaluate(ask("confirm('Sure?')"));
        await witness.evaluate(ask("prompt('Who?', 'nobody')"));
        await site.until(() => answers().length === 3, "the answers after the reads");
        assert.deepEqual(answers(), ["false", "false", "null"]);
        await readAll();
        return;
      }
      await readAll();
      await witness.evaluate(ask("confirm('Sure, my friend?')"));
      const { pages } = await untilShown(given.workspace, session);
      assert.deepEqual(pages[0]?.dialog, { type: "confirm", message: "Sure, my friend?" });
      assert.match(await workspace.ok(["pages", ...session]), /\(confirm: Sure, my friend\?\)/);
      for (const args of [
        ["snapshot"],
        ["readonly-exec", "return await page.title()"],
        ["readonly-exec", "return await page.locator('h1').textContent()"],
        ["readonly-exec", "return page.frames().length + (await page.content()).length"],
      ]) {
        const { status, message, hint } = failureOf(await cli([...args, ...session]));
        assert.equal(status, 1, args.join(" "));
        assert.match(message, /shows a confirm and waits for an answer: "Sure, my friend\?"/);
        assert.match(hint, /act .*dialog accept/);
      }
      assert.equal(await workspace.ok(["readonly-exec", "page.url()", ...session]), site.url("/form"));
      assert.equal((await cli(["act", "dialog", "accept", ...session])).status, 3);
      assert.deepEqual(answers(), []);
      // A person grants it, and it is answered.
      await workspace.ok(["session-mode", "write-access", ...session]);
      assert.match(
        await workspace.ok(["act", "dialog", "accept", ...session]),
        /confirm "Sure, my friend\?" was accepted/,
      );
      await site.until(() => answers().length === 1, "the answer");
      assert.deepEqual(answers(), ["true"]);
      assert.equal(await workspace.ok(["readonly-exec", "return await page.title()", ...session]), "true");
    });

    it("S25: a dialog that code left open is told by every verb at once, with its text, and act answers it", async () => {
      const { workspace, site } = given;
      site.requests.length = 0;
      await open("work", "--write-access");
      const session = ["--session", "work"];
      // The code's Playwright is attached: it waits for the code, in the shell too.
      await workspace.ok(["exec", `await page.evaluate(() => { ${ask("prompt('Who is it?')")} })`, ...session]);
      await untilShown(given.workspace, session);
      for (const args of [
        ["snapshot"],
        ["readonly-exec", "return await page.title()"],
        ["act", "click", "locator('h1')"],
      ]) {
        const { status, message } = failureOf(await cli([...args, ...session]));
        assert.equal(status, 1, args.join(" "));
        assert.match(message, /shows a prompt and waits for an answer: "Who is it\?"/, args.join(" "));
      }
      const code = await cli(["exec", "return 2", ...session]);
      assert.deepEqual([code.status, code.stdout], [0, "2\n"]);
      assert.match(code.stderr, /shows a prompt and waits for an answer: "Who is it\?"/);
      assert.match(
        await workspace.ok(["act", "dialog", "accept", "Ada", ...session]),
        /prompt "Who is it\?" was accepted/,
      );
      await site.until(() => answers().length === 1, "the answer");
      assert.deepEqual(answers(), ["Ada"]);
      // Code answers one as well.
      await workspace.ok(["exec", `await page.evaluate(() => { ${ask("confirm('Again?')")} })`, ...session]);
      await untilShown(given.workspace, session);
      await workspace.ok([
        "exec",
        "page.once('dialog', (dialog) => dialog.accept()); await page.waitForFunction(() => document.title === 'true')",
        ...session,
      ]);
      assert.equal(failureOf(await cli(["act", "dialog", "accept", ...session])).status, 1);
      // A login is saved all the same.
      await workspace.ok([
        "exec",
        `await page.evaluate(() => { document.cookie = 'a=b'; ${ask("confirm('Locked?')")} })`,
        ...session,
      ]);
      await untilShown(given.workspace, session);
      await workspace.ok(["save", "login", "--sites", new URL(site.url()).hostname, ...session], { timeoutMs: 12_000 });
      // A lock takes the code away that it waited for: the shell says no, a full Chromium goes on waiting.
      await workspace.ok(["session-mode", "read-only", ...session]);
      if (isShell()) {
        await site.until(() => answers().length === 3, "the shell's own answer");
        assert.equal(await workspace.ok(["readonly-exec", "return await page.title()", ...session]), "false");
      } else assert.match(failureOf(await cli(["snapshot", ...session])).message, /"Locked\?"/);
    });

    it("a page that shows a dialog while it loads opens, and what it waits for is said", async () => {
      const { workspace, site } = given;
      const result = await workspace.cli(
        ["open", site.url("/dialog-on-load"), "--headless", "--session", "greets", "--read-only"],
        { env: { LIBRETTO_CHROMIUM: chromiumPath(kind) } },
      );
      assert.equal(result.status, 0, result.stderr);
      if (isShell()) {
        const read = ["readonly-exec", "return await page.locator('body').getAttribute('data-greeted')"];
        assert.equal(await workspace.ok([...read, "--session", "greets"]), "yes");
      } else assert.match(result.stderr, /shows an alert and waits for an answer: "Hello"/);
      await workspace.ok(["close", "--session", "greets"]);
    });
  });
}

describe("S25 dialogs of pages in a window, read-only", () => {
  const given = useFixtures("dialogs-window");
  let display: Display | undefined;
  before(async function () {
    const why = whyNoWindow();
    if (why !== undefined) leaveOut(this, `a person who answers a dialog in the window: ${why}`);
    display = await Display.start();
  });
  after(() => display?.close());

  it("S25: a person brings them up and answers them by hand, while each verb says that one is open, and none answers it", async () => {
    const { workspace, site } = given;
    assert.ok(display);
    const session = ["--session", "window"];
    await workspace.ok(["open", site.url("/dialogs"), "--headed", "--read-only", ...session], {
      env: { DISPLAY: display.name },
    });
    const witness = await given.witness("window");
    const hand = await display.handOn(witness, "/dialogs");
    const verbs = [
      ["snapshot"],
      ["readonly-exec", "return await page.title()"],
      ["readonly-exec", "return await page.locator('#answer').textContent()"],
    ];
    for (const [button, key, shown, answer] of [
      ["confirm", "Return", /shows a confirm and waits for an answer: "Sure\?"/, "true"],
      ["confirm", "Escape", /shows a confirm and waits for an answer: "Sure\?"/, "false"],
      ["prompt", "Return", /shows a prompt and waits for an answer: "Who\?"/, "nobody"],
      ["alert", "Return", /shows an alert and waits for an answer: "Attention"/, "alerted"],
    ] as const) {
      await hand.click(`document.querySelector("#${button}")`);
      await untilShown(workspace, session);
      for (const verb of button === "confirm" ? verbs : verbs.slice(0, 1)) {
        const { status, message } = failureOf(await workspace.cli([...verb, ...session], { timeoutMs: 12_000 }));
        assert.equal(status, 1, verb.join(" "));
        assert.match(message, shown, verb.join(" "));
      }
      assert.equal((await workspace.cli(["act", "dialog", "accept", ...session])).status, 3);
      assert.equal((await untilShown(workspace, session)).pages.length, 1, "it is open still");
      // The page is told to show it before the window with it takes keys. Once it is gone, the page would take them.
      const answered = witness.evaluate("document.querySelector('#answer').value");
      for (let done = false; !done;) {
        if (await isShown(workspace, session)) await hand.press(key);
        done = await Promise.race([answered.then(() => true), afterMs(500)]);
      }
      assert.equal(await answered, answer);
      assert.equal(await workspace.ok(["readonly-exec", ...(verbs[2] ?? []).slice(1), ...session]), answer);
    }
    await hand.click('document.querySelector("#leave")');
    await hand.press("ctrl+w");
    await untilShown(workspace, session);
    assert.match(failureOf(await workspace.cli(["snapshot", ...session])).message, /on leaving|leave/i);
    await workspace.ok(["close", ...session]);
  });
});

/** Resolves with false. */
function afterMs(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}

/** Whether a page of the session shows a dialog. */
async function isShown(workspace: Workspace, session: string[]): Promise<boolean> {
  const { pages } = await workspace.json<{ pages: { dialog?: object }[] }>(["pages", ...session]);
  return pages.some(({ dialog }) => dialog);
}

/** Resolves when a page of the session shows a dialog. */
async function untilShown(
  workspace: Workspace,
  session: string[],
): Promise<{ pages: { dialog?: { type: string; message: string } }[] }> {
  for (;;) {
    const told = await workspace.json<{ pages: { dialog?: { type: string; message: string } }[] }>([
      "pages",
      ...session,
    ]);
    if (told.pages.some(({ dialog }) => dialog)) return told;
  }
}
