import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "playwright/test";
import type { InputEvent } from "../../src/sessions/ipc/liveProtocol.js";
import type { ActionPicture } from "../../src/sessions/logs/rows.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { LiveViewer } from "../support/liveViewer.js";
import { useFixtures } from "../support/fixtures.js";
import { chromiumPath, saysWhereMouseIs, type Witness } from "../support/browser.js";

/** How long what is awaited may take on a busy machine, in ms. */
const pollMs = 20_000;
const size = { width: 800, height: 600 };

const mouse = (action: "move" | "down" | "up", x: number, y: number, clickCount = 1): InputEvent => ({
  type: "mouse",
  action,
  x,
  y,
  button: action === "move" ? "none" : "left",
  buttons: action === "down" ? 1 : 0,
  clickCount: action === "move" ? 0 : clickCount,
  modifiers: 0,
});
const clickAt = (x: number, y: number): InputEvent[] => [mouse("move", x, y), mouse("down", x, y), mouse("up", x, y)];
const keys = (text: string): InputEvent[] =>
  [...text].flatMap((key) => {
    const base = {
      type: "key" as const,
      key: key === "\r" ? "Enter" : key,
      code: key === "\r" ? "Enter" : `Key${key.toUpperCase()}`,
      keyCode: key === "\r" ? 13 : key.toUpperCase().charCodeAt(0),
      modifiers: 0,
      location: 0,
    };
    return [
      { ...base, action: "down" as const, text: key },
      { ...base, action: "up" as const },
    ];
  });

/** The middle of an element. */
const placeOf = (witness: Witness, selector: string, page = ""): Promise<{ x: number; y: number }> =>
  witness.evaluate(
    `(() => { const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect(); return { x: x + width / 2, y: y + height / 2 } })()`,
    page,
  );

describe("V7: the live view, at the session's socket", () => {
  const given = useFixtures("live");
  const actions = (session: string): Record<string, unknown>[] =>
    readFileSync(join(given.workspace.sessionsFolder, session, "actions.jsonl"), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  before(async () => {
    await given.workspace.open(given.site.url("/counter"), "--session", "seen", "--read-only");
    await given.workspace.open(given.site.url("/form"), "--session", "driven", "--write-access");
  });

  it("shows the page as it is, scaled to what is shown, and nothing while nobody looks", async () => {
    using viewer = await LiveViewer.open(given.workspace, { session: "seen", ...size });
    const first = await viewer.until("frame");
    const jpeg = Buffer.from(first.data, "base64");
    assert.deepEqual([...jpeg.subarray(0, 2)], [0xff, 0xd8]);
    const { width, height } = jpegSize(jpeg);
    assert.ok(width <= size.width && height <= size.height && width > 300, `${width}×${height}`);
    const state = await viewer.until("state", ({ page }) => page?.title === "Counter");
    assert.deepEqual([state.mode, state.page?.url], ["read-only", given.site.url("/counter")]);

    const witness = await given.witness("seen");
    let known = viewer.events.length;
    await witness.evaluate("document.body.style.background = 'red'");
    await viewer.until("frame", () => true, known);

    viewer.view.set({ width: 0, height: 0 });
    // Answered in order: from here on nothing is captured.
    await viewer.view.pick(undefined, 1, 1);
    known = viewer.all("frame").length;
    await witness.evaluate(
      "(async () => { for (let i = 0; i < 10; i++) { document.body.style.background = i % 2 ? 'blue' : 'green'; await new Promise(requestAnimationFrame) } })()",
    );
    assert.equal(viewer.all("frame").length, known);
    viewer.view.set(size);
    await viewer.until("frame", ({ number }) => number > 0, viewer.events.length);
  });

  it("two who look share one screencast, the one in no hurry gets fewer, and a stuck one holds up no other", async () => {
    const began = performance.now();
    using quick = await LiveViewer.open(given.workspace, { session: "seen", ...size });
    using slow = await LiveViewer.open(given.workspace, { session: "seen", width: 200, height: 150, everyMs: 1_000 });
    using stuck = await LiveViewer.open(given.workspace, { session: "seen", ...size }, false);
    const witness = await given.witness("seen");
    await witness.evaluate(
      "window.moves = true; (function move(n) { document.body.style.background = `rgb(${n % 200}, 0, 0)`; if (window.moves) requestAnimationFrame(() => move(n + 4)) })(0)",
    );
    await quick.until("frame", () => quick.all("frame").length >= 5);
    // Until the last change is through, which the next test would take for one of its own.
    await witness.evaluate(
      "window.moves = false; new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))",
    );
    const numbers = quick.all("frame").map(({ number }) => number);
    assert.deepEqual(numbers, [...new Set(numbers)]);
    const elapsed = performance.now() - began;
    const most = 2 + elapsed / 1_000;
    assert.ok(slow.all("frame").length <= most, `${slow.all("frame").length} of ${numbers.length}, at most ${most}`);
    // To one who never says that a picture was shown, another is offered every two seconds.
    const offered = stuck.all("frame").length;
    assert.ok(offered <= 2 + elapsed / 2_000, `${offered} pictures that were never shown, in ${elapsed} ms`);
  });

  it("S12, V7: 500 random inputs leave every canary of a read-only session untouched, and are refused by the host", async () => {
    const witness = await given.witness("seen");
    await witness.evaluate(`(() => {
      window.canaries = [];
      for (const type of ['click', 'mousedown', 'mousemove', 'keydown', 'input', 'wheel', 'scroll', 'focus', 'drop', 'paste', 'compositionstart', 'popstate', 'beforeunload'])
        addEventListener(type, (event) => ${saysWhereMouseIs}(event) || canaries.push(event.type), true);
    })()`);
    const before = await witness.evaluate(
      "document.documentElement.outerHTML + scrollY + history.length + location.href",
    );
    using viewer = await LiveViewer.open(given.workspace, { session: "seen", ...size });
    const page = (await viewer.until("state")).page?.id ?? "";
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const kinds: (() => InputEvent[])[] = [
      () => clickAt(random(1280), random(720)),
      () => [{ type: "wheel", x: random(1280), y: random(720), deltaX: 0, deltaY: random(2000), modifiers: 0 }],
      () => keys("abc\r"[random(4)] ?? "a"),
      () => [{ type: "text", text: "pasted" }],
      () => [{ type: "compose", text: "に" }],
      () => [{ type: "go", to: (["back", "forward", "reload", "stop"] as const)[random(4)] ?? "back" }],
      () => [{ type: "open", url: given.site.url("/form") }],
      () => [{ type: "dialog", accept: true }],
      () => [{ type: "files", chooser: 1, files: ["/etc/hostname"] }],
    ];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 500 }, () => viewer.view.input(page, kinds[random(kinds.length)]?.() ?? [])),
    );
    for (const outcome of outcomes)
      assert.ok(
        outcome.status === "rejected" &&
          outcome.reason instanceof LibrettoError &&
          outcome.reason.code === "RefusedByMode" &&
          /input is refused: session "seen" is read-only/.test(outcome.reason.message),
      );
    assert.deepEqual(await witness.evaluate("canaries"), []);
    assert.equal(
      await witness.evaluate("document.documentElement.outerHTML + scrollY + history.length + location.href"),
      before,
    );
  });

  it("S22, V7: what is clicked, typed and pasted reaches the page, and is on record as a person's, with locators", async () => {
    const witness = await given.witness("driven");
    using viewer = await LiveViewer.open(given.workspace, { session: "driven", ...size });
    const page = (await viewer.until("state", ({ page }) => page !== null)).page?.id ?? "";
    const name = await placeOf(witness, "[name=name]");
    await viewer.view.input(page, clickAt(name.x, name.y));
    await viewer.view.input(page, keys("ada"));
    await witness.until("document.querySelector('[name=name]').value === 'ada'");
    const note = await placeOf(witness, "[name=note]");
    await viewer.view.input(page, clickAt(note.x, note.y));
    await viewer.view.input(page, [
      { type: "compose", text: "に" },
      { type: "text", text: "日本" },
      { type: "text", text: " pasted" },
    ]);
    await witness.until("document.querySelector('[name=note]').value.includes('日本 pasted')");
    const gift = await placeOf(witness, "[name=gift]");
    await viewer.view.input(page, clickAt(gift.x, gift.y));
    await witness.until("!document.querySelector('[name=gift]').checked");
    const send = await placeOf(witness, "[type=submit]");
    await viewer.view.input(page, clickAt(send.x, send.y));
    await viewer.until("state", ({ page: shown }) => shown?.url.endsWith("/submit") === true);
    assert.ok(given.site.requests.some(({ path, body }) => path === "/submit" && body.includes("name=ada")));
    await given.workspace.ok(["pages", "--session", "driven"]);
    const recorded = await eventually(() => {
      const rows = actions("driven").filter(({ source }) => source === "user");
      return rows.some(({ bestSemanticSelector }) => String(bestSemanticSelector).includes("Send")) ? rows : undefined;
    });
    const told = recorded.map(({ action, bestSemanticSelector, value }) => [action, bestSemanticSelector, value]);
    assert.ok(
      told.some(([action, locator, value]) => action === "fill" && /Name/.test(String(locator)) && value === "ada"),
      JSON.stringify(told),
    );
    assert.ok(
      told.some(([action]) => action === "uncheck"),
      JSON.stringify(told),
    );
  });

  it("V7: back, forward, an address, a dialog, a file and a drag", async () => {
    const witness = await given.witness("driven");
    using viewer = await LiveViewer.open(given.workspace, { session: "driven", ...size });
    const page = (await viewer.until("state", ({ page }) => page !== null)).page?.id ?? "";
    await viewer.view.input(page, [{ type: "open", url: given.site.url("/form") }]);
    await viewer.until("state", ({ page: shown }) => shown?.title === "Form");
    await witness.untilLoaded("/form");
    await viewer.until("state", ({ canGoBack }) => canGoBack);

    await witness.evaluate("document.querySelector('[name=attachment]').scrollIntoView()");
    const attachment = await placeOf(witness, "[name=attachment]");
    await viewer.view.input(page, clickAt(attachment.x, attachment.y));
    const { chooser } = await viewer.until("chooser");
    given.workspace.write("report.txt", "x");
    await viewer.view.input(page, [{ type: "files", chooser, files: [join(given.workspace.folder, "report.txt")] }]);
    await witness.until("document.querySelector('[name=attachment]').files[0]?.name === 'report.txt'");

    await witness.evaluate(
      "(() => { document.body.innerHTML = '<button>Ask</button>'; document.querySelector('button').onclick = () => (document.body.dataset.answer = prompt('Name?', 'nobody')) })()",
    );
    const ask = await placeOf(witness, "button");
    await viewer.view.input(page, clickAt(ask.x, ask.y));
    const { dialog } = await viewer.until("dialog", ({ dialog: shown }) => shown !== null);
    assert.deepEqual(dialog, { type: "prompt", message: "Name?", value: "nobody" });
    await viewer.view.input(page, [{ type: "dialog", accept: true, text: "Ada" }]);
    await witness.until("document.body.dataset.answer === 'Ada'");

    await witness.evaluate(`(() => {
      document.body.innerHTML = '<div id="from" draggable="true" style="width:100px;height:50px;background:gold">drag</div><div id="to" style="margin-top:80px;width:200px;height:100px;background:silver">here</div>';
      from.ondragstart = (event) => event.dataTransfer.setData('text/plain', 'dragged');
      to.ondragover = (event) => event.preventDefault();
      to.ondrop = (event) => { event.preventDefault(); to.textContent = event.dataTransfer.getData('text/plain') };
      scrollTo(0, 0);
    })()`);
    const [from, to] = [await placeOf(witness, "#from"), await placeOf(witness, "#to")];
    const held = (x: number, y: number): InputEvent =>
      ({ ...mouse("move", x, y), button: "left", buttons: 1 }) as InputEvent;
    await viewer.view.input(page, [mouse("move", from.x, from.y), mouse("down", from.x, from.y)]);
    for (let step = 1; step <= 10; step++) {
      await viewer.view.input(page, [
        held(from.x + ((to.x - from.x) * step) / 10, from.y + ((to.y - from.y) * step) / 10),
      ]);
      // The page draws between two moves, as it does under a hand.
      await witness.evaluate("new Promise(requestAnimationFrame)");
    }
    await viewer.view.input(page, [mouse("up", to.x, to.y)]);
    await witness.until("document.querySelector('#to').textContent === 'dragged'");

    await viewer.view.input(page, [{ type: "go", to: "reload" }]);
    await witness.until("document.title === 'Form' && document.querySelector('form') !== null");
    const known = viewer.events.length;
    await viewer.view.input(page, [{ type: "go", to: "back" }]);
    await viewer.until(
      "state",
      ({ page: shown, canGoForward }) => shown?.url.endsWith("/form") === false && canGoForward,
      known,
    );
    const moved = (): unknown[] =>
      actions("driven")
        .filter(({ action }) => /^(goto|go|reload)/.test(String(action)))
        .map(({ source, action, url }) => [source, action, url]);
    // Rows of one page are written in their order: had one come twice, it would stand before the last.
    await expect.poll(() => moved().at(-1), { timeout: pollMs }).toEqual(["user", "goBack", given.site.url("/submit")]);
    assert.deepEqual(moved().slice(0, -1), [
      ["user", "goto", given.site.url("/form")],
      ["user", "reload", given.site.url("/form")],
    ]);
  });

  it("V7: a click in a frame is on record where it was in the page, also in a frame that is in a frame", async () => {
    const inner = `<body style="margin:0"><button style="position:absolute;left:15px;top:5px">Deep</button>`;
    const outer = `<body style="margin:0"><button style="position:absolute;left:5px;top:90px">Middle</button><iframe style="position:absolute;left:110px;top:20px;border:3px solid" srcdoc='${inner}'></iframe>`;
    await given.workspace.ok([
      "exec",
      "--session",
      "driven",
      `await page.goto(${JSON.stringify(given.site.url("/?framed"))}); await page.setContent(${JSON.stringify('<iframe id="outer" style="position:absolute;left:40px;top:190px;width:500px;height:300px"></iframe>')}); await page.evaluate((html) => new Promise((loaded) => { outer.onload = loaded; outer.srcdoc = html; }), ${JSON.stringify(outer)})`,
    ]);
    using viewer = await LiveViewer.open(given.workspace, { session: "driven", ...size });
    const page = (await viewer.until("state", ({ page: shown }) => shown?.url.endsWith("/?framed") === true)).page?.id;
    const places = [
      { x: 40 + 12, y: 190 + 102 },
      { x: 40 + 2 + 110 + 3 + 20, y: 190 + 2 + 20 + 3 + 12 },
    ];
    for (const { x, y } of places) await viewer.view.input(page ?? "", clickAt(x, y));
    const clicks = (): unknown[] =>
      actions("driven")
        .filter(
          ({ source, bestSemanticSelector }) => source === "user" && /contentFrame/.test(String(bestSemanticSelector)),
        )
        .map(({ coordinates, bestSemanticSelector }) => [
          coordinates,
          /name: "(\w+)"/.exec(String(bestSemanticSelector))?.[1],
        ]);
    await expect.poll(clicks, { timeout: pollMs }).toEqual([
      [places[0], "Middle"],
      [places[1], "Deep"],
    ]);
  });

  it("V7: a page that crashed is said to have, until it is loaded again and its pictures go on", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "crash", "--write-access");
    const witness = await given.witness("crash");
    using viewer = await LiveViewer.open(workspace, { session: "crash", ...size });
    await viewer.until("frame");
    const { page } = await viewer.until("state", ({ page: shown }) => shown?.title === "Form");
    assert.ok(viewer.all("state").every(({ crashed }) => !crashed));
    const session = await witness.sessionOf("/form");
    const ways: [string, () => Promise<unknown>][] = [
      ["act", () => workspace.ok(["act", "--session", "crash", "reload"])],
      ["the view", () => viewer.view.input(page?.id ?? "", [{ type: "go", to: "reload" }])],
    ];
    for (const [who, load] of ways) {
      let from = viewer.events.length;
      void witness.send("Page.crash", {}, session).catch(() => undefined);
      await viewer.until("state", ({ crashed }) => crashed, from);
      from = viewer.events.length;
      await load();
      const mended = await viewer.until("state", ({ crashed }) => !crashed, from);
      await viewer.until("frame", () => true, viewer.events.indexOf(mended));
      await witness.until("document.title === 'Form' && document.readyState === 'complete'");
      assert.equal(viewer.all("state").at(-1)?.crashed, false, `loaded by ${who}`);
    }
    await workspace.ok(["close", "--session", "crash"]);
  });

  it("S25, V7: while one types, the letter after a lock is not there, and the view hears of the lock at once", async () => {
    const witness = await given.witness("driven");
    await given.workspace.ok([
      "exec",
      "--session",
      "driven",
      `await page.goto(${JSON.stringify(given.site.url("/form"))})`,
    ]);
    using viewer = await LiveViewer.open(given.workspace, { session: "driven", ...size });
    const page = (await viewer.until("state", ({ page: shown }) => shown?.title === "Form")).page?.id ?? "";
    const name = await placeOf(witness, "[name=name]");
    await viewer.view.input(page, clickAt(name.x, name.y));
    const locked = given.workspace.ok(["session-mode", "read-only", "--session", "driven"]);
    let typed = 0;
    let refusedAt: number | undefined;
    for (; refusedAt === undefined; typed++) {
      await viewer.view.input(page, keys("x")).catch((error: unknown) => {
        assert.ok(error instanceof LibrettoError && error.code === "RefusedByMode", String(error));
        refusedAt = typed;
      });
      // So that no more letters wait for a slow page than it takes within a lock.
      await witness.evaluate("1");
    }
    await locked;
    await viewer.until("state", ({ mode }) => mode === "read-only");
    const value = await witness.evaluate<string>("document.querySelector('[name=name]').value");
    assert.equal(value.length, refusedAt);
    await viewer.view.input(page, keys("y")).catch(() => undefined);
    assert.equal(await witness.evaluate("document.querySelector('[name=name]').value"), value);

    const from = viewer.events.length;
    await given.workspace.ok(["session-mode", "write-access", "--session", "driven"]);
    await viewer.until("state", ({ mode }) => mode === "write-access", from);
    await viewer.view.input(page, keys("z"));
    await witness.until("document.querySelector('[name=name]').value.endsWith('z')");
  });

  it("S25, V7: a lock waits for what a busy page has not taken, and names a page that takes too long", async () => {
    const witness = await given.witness("driven");
    using viewer = await LiveViewer.open(given.workspace, { session: "driven", ...size });
    const page = (await viewer.until("state", ({ page: shown }) => shown?.title === "Form")).page?.id ?? "";
    const name = await placeOf(witness, "[name=name]");
    await viewer.view.input(page, clickAt(name.x, name.y));
    await witness.until("document.activeElement.name === 'name'");
    await witness.evaluate("addEventListener('input', () => (window.tookAt = Date.now()), true)");
    const mode = (to: "read-only" | "write-access"): Promise<string> =>
      given.workspace.ok(["session-mode", to, "--session", "driven"]);
    /** Locks while the page is busy, which it is until its cookie says that this is over. */
    const lockWhileBusy = async (): Promise<{ answer: Promise<string> }> => {
      await witness.evaluate("void setTimeout(() => { while (!document.cookie.includes('over=1')); })");
      await viewer.view.input(page, keys("q"));
      return { answer: mode("read-only") };
    };
    const free = (): Promise<unknown> =>
      witness.send("Storage.setCookies", { cookies: [{ name: "over", value: "1", url: given.site.url("/") }] });
    const quick = await lockWhileBusy();
    // It begins with the mode on record; from then on it waits for the page.
    await expect
      .poll(() => given.workspace.requireState("driven").mode, { intervals: [10], timeout: pollMs })
      .toBe("read-only");
    await free();
    const told = await quick.answer;
    const answeredAt = Date.now();
    assert.doesNotMatch(told, /did not answer/);
    const tookAt = await witness.evaluate<number>("window.tookAt");
    assert.ok(tookAt <= answeredAt, `${tookAt - answeredAt} ms after the answer`);
    await mode("write-access");
    await witness.evaluate("document.cookie = 'over=; max-age=0'");
    const slow = await lockWhileBusy();
    assert.match(
      await slow.answer,
      new RegExp(`Page ${page} did not answer: what had been sent there before may still happen`),
    );
    await free();
    await mode("write-access");
    await witness.evaluate("1");
  });

  it("V7: pictures go on after a person has stopped to act", async () => {
    const witness = await given.witness("driven");
    using viewer = await LiveViewer.open(given.workspace, { session: "driven", ...size });
    const page = (await viewer.until("state", ({ page: shown }) => shown?.title === "Form")).page?.id ?? "";
    const name = await placeOf(witness, "[name=name]");
    await viewer.view.input(page, clickAt(name.x, name.y));
    // What is turned on for a click is turned off three seconds later.
    await witness.evaluate(
      "(async () => { for (const end = Date.now() + 4_500; Date.now() < end;) { document.body.style.background = Date.now() % 2 ? 'blue' : 'green'; await new Promise(requestAnimationFrame) } document.body.style.background = '' })()",
    );
    const from = viewer.events.length;
    await witness.evaluate("document.body.style.background = 'red'");
    await viewer.until("frame", () => true, from);
    await witness.evaluate("document.body.style.background = ''");
  });

  it("V7: what is seen of a page that comes to rest is what it looks like then", async () => {
    const witness = await given.witness("driven");
    // A caret that blinks would have the page drawn anew.
    await witness.evaluate("document.activeElement?.blur()");
    using viewer = await LiveViewer.open(given.workspace, { session: "driven", ...size });
    await viewer.until("frame");
    // Of so many animations some end while the browser has two pictures on their way, and leaves the last one out.
    for (let frames = 14; frames < 30; frames++) {
      const last = frames % 2 === 0 ? "red" : "blue";
      await witness.evaluate(
        `(async () => { for (let n = 0; n < ${frames}; n++) { document.body.style.background = \`rgb(0, \${n * 8}, 0)\`; await new Promise(requestAnimationFrame) } document.body.style.background = "${last}" })()`,
      );
      await untilSeen(viewer, witness, last);
    }
    await witness.evaluate("document.body.style.background = ''");
  });

  it("V7: what an agent does is marked where it does it, and what runs is told", async () => {
    using viewer = await LiveViewer.open(given.workspace, { session: "driven", ...size });
    await viewer.until("frame");
    const witness = await given.witness("driven");
    const send = await placeOf(witness, "[name=gift]");
    await given.workspace.ok(["exec", "--session", "driven", "await page.getByLabel('As a gift').click()"]);
    const mark = await viewer.until("mark");
    assert.match(mark.label, /^exec \(cli\) · click$/);
    assert.ok(Math.abs(mark.x - send.x) < 3 && Math.abs(mark.y - send.y) < 3, JSON.stringify([mark, send]));
    assert.ok(viewer.all("state").some(({ running }) => running.some(({ command }) => command === "exec")));
    await viewer.until(
      "state",
      ({ running }) => running.length === 0,
      viewer.events.findLastIndex(({ type }) => type === "state"),
    );
  });

  it("V7: while one looks, each action keeps the picture of the page as it was when it began", async () => {
    const witness = await given.witness("driven");
    const paint = (colour: string): string => `document.body.style.background = ${JSON.stringify(colour)}`;
    await witness.evaluate(`${paint("red")}; document.onclick = () => { ${paint("blue")} }`);
    {
      using viewer = await LiveViewer.open(given.workspace, { session: "driven", ...size });
      await untilSeen(viewer, witness, "red");
      await given.workspace.ok(["exec", "--session", "driven", "await page.mouse.click(5, 5)"]);
      await untilSeen(viewer, witness, "blue");
      await given.workspace.ok(["exec", "--session", "driven", "await page.mouse.click(5, 5)"]);
      // Answered in order: whoever looked is gone then.
      viewer.view.set({ width: 0, height: 0 });
      await viewer.view.pick(undefined, 1, 1);
    }
    await given.workspace.ok(["exec", "--session", "driven", "await page.mouse.click(6, 6)"]);
    const clicks = (): Record<string, unknown>[] =>
      actions("driven").filter(({ url, coordinates }) => url === given.site.url("/form") && coordinates !== undefined);
    const isLast = (): boolean => JSON.stringify(clicks().at(-1)?.coordinates) === '{"x":6,"y":6}';
    await expect.poll(isLast, { timeout: pollMs }).toBe(true);
    const pictures = clicks()
      .slice(-3)
      .map(({ picture }) => picture as ActionPicture | undefined);
    const folder = join(given.workspace.sessionsFolder, "driven");
    assert.equal(pictures[2], undefined, "nobody looked");
    const seen = pictures.slice(0, 2).map((picture) => readFileSync(join(folder, picture?.file ?? "")));
    for (const [at, [red, blue]] of [
      [0, [true, false]],
      [1, [false, true]],
    ] as const) {
      const [r = 0, , b = 0] = await witness.evaluate<number[]>(cornerOf(seen[at] as Buffer));
      assert.deepEqual([r > 200, b > 200], [red, blue], `the picture beside click ${at + 1}`);
    }
    assert.equal(statSync(join(folder, "film")).mode & 0o777, process.platform === "win32" ? 0o666 : 0o700);
    await witness.evaluate("document.onclick = null");
  });

  it("V7: with film in the config pictures are kept although nobody looks, and a folder that is a link keeps none", async () => {
    given.workspace.write(".libretto/config.json", '{ "version": 1, "film": true }');
    try {
      for (const name of ["filmed", "linked"])
        await given.workspace.open(given.site.url("/counter"), "--session", name, "--write-access");
    } finally {
      given.workspace.write(".libretto/config.json", '{ "version": 1 }');
    }
    const elsewhere = join(given.workspace.folder, "elsewhere");
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(given.workspace.sessionsFolder, "linked", "film"));
    const kept = async (name: string): Promise<unknown[]> => {
      await given.workspace.ok(["exec", "--session", name, "await page.mouse.click(5, 5)"]);
      return actions(name).flatMap(({ picture }) => picture ?? []);
    };
    await expect.poll(async () => (await kept("filmed")).length, { timeout: pollMs }).toBeGreaterThan(0);
    assert.deepEqual(await kept("linked"), []);
    assert.deepEqual(readdirSync(elsewhere), []);
    for (const name of ["filmed", "linked"]) await given.workspace.ok(["close", "--session", name]);
  });

  for (const kind of ["any", "full"] as const)
    it(`V7: says that a page loads, by whomever it was sent, and that it does no more (${chromiumPath(kind)})`, async () => {
      const { site, workspace } = given;
      const session = `loads-${kind}`;
      const env = { LIBRETTO_CHROMIUM: chromiumPath(kind) };
      await workspace.ok(["open", site.url("/form"), "--session", session, "--headless", "--write-access"], { env });
      using viewer = await LiveViewer.open(workspace, { session, ...size });
      const { page } = await viewer.until("state", ({ loading, page }) => page !== null && !loading);
      const witness = await given.witness(session);
      /** Resolves when the view has said that the page loads, and, after `end`, that it does not. */
      const loads = async (path: string, end: () => void = () => undefined): Promise<void> => {
        const from = viewer.events.length;
        await witness.evaluate(`void setTimeout(() => (location.href = ${JSON.stringify(site.url(path))}))`);
        const began = await viewer.until("state", ({ loading }) => loading, from);
        end();
        await viewer.until("state", ({ loading }) => !loading, viewer.events.indexOf(began));
      };
      await loads("/status/204");
      await loads("/download");
      await loads("/hold/stopped", () => void viewer.view.input(page?.id ?? "", [{ type: "go", to: "stop" }]));
      await loads("/hold/shown", () => site.release("shown"));
      await viewer.until("state", ({ page }) => page?.url === site.url("/hold/shown"));
      await workspace.ok(["close", "--session", session]);
    });

  it("V7: a view follows what the session shows, stays with a pinned page, and says that it is gone", async () => {
    using following = await LiveViewer.open(given.workspace, { session: "driven", ...size });
    const first = (await following.until("state", ({ page }) => page !== null)).page?.id ?? "";
    using pinned = await LiveViewer.open(given.workspace, { session: "driven", page: first, ...size });
    await pinned.until("frame");
    const from = following.events.length;
    await given.workspace.ok([
      "exec",
      "--session",
      "driven",
      `const p = await context.newPage(); await p.goto(${JSON.stringify(given.site.url("/counter"))})`,
    ]);
    const second = await following.until("state", ({ page }) => page?.title === "Counter");
    assert.notEqual(second.page?.id, first);
    assert.equal(pinned.all("state").at(-1)?.page?.id, first);
    await following.until("frame", () => true, from);
    await given.workspace.ok(["exec", "--session", "driven", "--page", first, "await page.close()"]);
    await pinned.until("state", ({ page }) => page === null);
  });
});

async function eventually<T>(look: () => T | undefined): Promise<T> {
  for (const deadline = Date.now() + 5_000; Date.now() < deadline;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It did not come.");
}

/** From the frame header of a JPEG. */
/** Code that tells the colour of a JPEG near its upper left corner: red, green, blue. */
const cornerOf = (jpeg: Buffer): string => `(async () => {
  const bytes = Uint8Array.from(atob("${jpeg.toString("base64")}"), (c) => c.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return [...context.getImageData(2, 2, 1, 1).data];
})()`;

/** Resolves when the latest picture shows that colour in its corner. */
const untilSeen = (viewer: LiveViewer, witness: Witness, colour: "red" | "blue"): Promise<void> =>
  expect
    .poll(
      async (): Promise<string> => {
        const data = viewer.all("frame").at(-1)?.data ?? "";
        const [red = 0, , blue = 0] =
          data === "" ? [] : await witness.evaluate<number[]>(cornerOf(Buffer.from(data, "base64")));
        return red > 200 && blue < 100 ? "red" : blue > 200 && red < 100 ? "blue" : `${red}, ${blue}`;
      },
      { timeout: pollMs },
    )
    .toBe(colour);

function jpegSize(jpeg: Buffer): { width: number; height: number } {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xc2)
      return { height: jpeg.readUInt16BE(at + 5), width: jpeg.readUInt16BE(at + 7) };
  }
  throw new Error("No size in the JPEG.");
}
