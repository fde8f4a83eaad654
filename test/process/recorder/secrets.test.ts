import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "playwright/test";
import WebSocket, { WebSocketServer } from "ws";
import { chromiumPath, startBrowser, Witness } from "../../support/browser.js";
import { useFixtures } from "../../support/fixtures.js";
import { processes, waitUntilGone } from "../../support/processTable.js";
import { filesHolding, type LogRow, type NetworkRow } from "./recording.js";

/** A page that sends what stands in a field on each key, and what its button is clicked for, under names that say nothing. */
const tellTale = `document.body.innerHTML = '<label>Word <input id=w type=password></label><label>Digits <input id=d autocomplete=one-time-code></label><label>Your PIN <input id=n></label><button id=send>Send</button>';
const send = (v, more) => fetch("/echo?" + new URLSearchParams({ q: v }), { method: "POST", body: JSON.stringify({ v, ...more }) }).then((r) => r.text());
for (const field of document.querySelectorAll("input")) field.oninput = () => send(field.value);
document.getElementById("send").onclick = async () => { for (const field of document.querySelectorAll("input")) if (field.value !== "") await send(field.value, { line: "it is " + (field.value.length > 5 ? field.value : "short") }); console.error("sent", document.getElementById("w").value); await fetch("/count"); };`;

/** A browser behind a gate, as services that rent one out have it: a websocket at the root, and a key in the query. */
async function gatedBrowser(key: string): Promise<{ port: number } & AsyncDisposable> {
  const browser = await startBrowser();
  const gate = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    verifyClient: ({ req }: { req: IncomingMessage }) =>
      new URL(req.url ?? "", "http://gate").searchParams.get("token") === key,
  });
  await new Promise((resolve) => gate.once("listening", resolve));
  gate.on("connection", (client) => {
    const inner = new WebSocket(browser.endpoint, { perMessageDeflate: false });
    const waiting: string[] = [];
    client.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      if (inner.readyState === WebSocket.OPEN) inner.send(text);
      else waiting.push(text);
    });
    inner.on("open", () => waiting.forEach((text) => inner.send(text)));
    inner.on("message", (data: Buffer) => client.send(data.toString("utf8")));
    client.on("close", () => inner.close());
    inner.on("close", () => client.close());
    for (const socket of [client, inner]) socket.on("error", () => undefined);
  });
  return {
    port: (gate.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const client of gate.clients) client.terminate();
      gate.close();
      await browser.close();
    },
  };
}

describe("The secrets of a session (Must show 3)", () => {
  const given = useFixtures("secrets", "each");

  const exec = (code: string): Promise<string> => given.workspace.ok(["exec", "--session", "s", code]);
  /** Below the workspace, and where the user's sessions are remembered; the browser's own profile is not ours to mask. */
  const nowhere = (...secrets: string[]): void => {
    const { workspace } = given;
    for (const secret of secrets) {
      const files = [
        ...filesHolding(workspace.librettoFolder, secret),
        ...filesHolding(workspace.stateHome, secret).filter((file) => !file.includes("profiles")),
      ];
      assert.deepEqual(files, [], secret);
    }
  };
  const sent = (part: string): number => given.site.requests.filter(({ body }) => body.includes(part)).length;

  it("what code types into a field for secrets is in no file, whatever a page calls it, not even what was typed so far", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "s");
    const witness = await given.witness("s");
    await witness.evaluate(tellTale);
    await exec("await page.getByLabel('Word').pressSequentially('correct-horse')");
    await exec("await page.getByLabel('Word').fill('filled-at-once')");
    await exec(
      "await page.getByLabel('Word').fill(''); for (const key of 'one-by-one!') await page.keyboard.press(key)",
    );
    await exec("await page.getByLabel('Digits').fill('48151'); await page.getByLabel('Your PIN').fill('9317')");
    await exec("await page.evaluate(() => { document.getElementById('w').value = 'put-by-script'; })");
    await exec("await page.getByRole('button').click()");
    await site.untilRequested("/count");
    await workspace.ok(["close", "--session", "s"]);
    for (const secret of ["correct-horse", "filled-at-once", "one-by-one!", "48151", "9317", "put-by-script"])
      assert.ok(sent(secret) > 0, `the page sent ${secret}`);
    nowhere("correct-ho", "filled-at", "one-by-on", "48151", '"9317', "q=9317", "put-by");
    assert.deepEqual(
      workspace
        .log<{ action: string; value?: string }>("s", "actions")
        .filter(({ action }) => action === "pressSequentially" || action === "fill")
        .map(({ value }) => value),
      ["***masked***", "***masked***", "", "***masked***", "***masked***"],
    );
  });

  it("a password that was typed is in no message to a client: neither in an error, nor in a result, nor in a snapshot", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "s");
    await (
      await given.witness("s")
    ).evaluate(
      `document.body.innerHTML = '<label>Word <input type=password id=w></label><p id=p></p><a href="/next?access_token=link-token-66">Next</a>'; 1`,
    );
    await exec("await page.getByLabel('Word').fill('typed-by-hand-77')");
    await exec(
      "await page.evaluate(() => { p.textContent = 'You typed ' + w.value; history.replaceState(1, '', '/?id_token=page-token-55'); document.title = ''; })",
    );
    const told = [
      await exec("return await page.getByLabel('Word').inputValue()"),
      await workspace.ok([
        "readonly-exec",
        "--session",
        "s",
        "return { text: await page.locator('#p').textContent() }",
      ]),
      await workspace.ok(["snapshot", "--session", "s"]),
      ...(await Promise.all(
        [["pages"], ["list"], ["snapshot"]].map((command) => workspace.ok([...command, "--json"])),
      )),
      JSON.stringify(
        await workspace.cli([
          "exec",
          "--session",
          "s",
          "console.log(await page.getByLabel('Word').inputValue()); throw new Error(await page.getByLabel('Word').inputValue())",
        ]),
      ),
    ].join("\n");
    for (const secret of ["typed-by-hand-77", "page-token-55", "link-token-66"])
      assert.ok(!told.includes(secret), told);
    assert.equal(told.split("\n")[0], "***masked***");
    nowhere("typed-by-hand-77", "page-token-55", "link-token-66");
  });

  it("a code that is typed one digit a box, and a card in groups, are in no file, however the page sends them", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "s");
    await (
      await given.witness("s")
    ).evaluate(
      `document.body.innerHTML = '<form><div>' + '<span><input maxlength=1 inputmode=numeric class=box></span>'.repeat(6) + '</div></form><input id=card autocomplete=cc-number><button id=send>Send</button>';
      document.getElementById("send").onclick = async () => { const code = [...document.querySelectorAll(".box")].map((box) => box.value).join(""), card = document.getElementById("card").value, spaced = card.replace(/(\\d{4})(?=\\d)/g, "$1 "); await fetch("/echo/" + btoa("ada:" + card) + "/" + code.slice(0, 3) + "-" + code.slice(3) + "?a=" + spaced, { method: "POST", headers: { "x-note": card.replaceAll("1", "%2531") }, body: JSON.stringify({ code, spaced, dashed: spaced.replaceAll(" ", "-"), list: [...code], hex: [...card].map((c) => c.charCodeAt(0).toString(16)).join(""), html: [...card].map((c) => "&#" + c.charCodeAt(0) + ";").join("") }) }).then((r) => r.text()); await fetch("/count"); }; 1`,
    );
    await exec(
      "for (const [index, digit] of [...'730415'].entries()) await page.locator('.box').nth(index).fill(digit)",
    );
    await exec("await page.locator('#card').fill('4111222211112223')");
    await exec("await page.locator('#send').click()");
    await site.untilRequested("/count");
    await workspace.ok(["close", "--session", "s"]);
    assert.ok(sent("4111 2222 1111 2223") > 0 && sent("730415") > 0);
    nowhere(
      "730415",
      "730-415",
      '"7","3","0"',
      '\\"7\\",\\"3\\"',
      "4111222211112223",
      "4111 2222",
      "4111-2222",
      "4111%202222",
      "%2531",
      btoa("ada:4111222211112223").slice(6, 20),
      "34313131",
      "&#52;&#49;",
    );
  });

  it("a password in encodings on top of one another is in no file: paths, bodies, headers, messages of a websocket", async () => {
    const { workspace, site } = given;
    const password = "Tr0ub4dor&3x";
    const codes = (text: string, form: (code: string) => string): string =>
      [...text].map((letter) => form(letter.charCodeAt(0).toString(16).padStart(4, "0"))).join("");
    const encodings: ((text: string) => string)[] = [
      (text) => codes(text, (code) => `\\u${code}`),
      (text) => codes(text, (code) => `&#x${code};`),
      (text) => codes(text, (code) => `%${code.slice(2)}`),
      (text) => Buffer.from(text).toString("base64"),
      (text) => Buffer.from(text).toString("hex"),
      (text) => JSON.stringify({ word: text }),
    ];
    const texts = encodings.flatMap((inner) => encodings.map((outer) => outer(inner(password))));
    await workspace.open(site.url(), "--session", "s");
    await (
      await given.witness("s")
    ).evaluate(
      `document.body.innerHTML = '<input id=w type=password><button id=send>Send</button>'; var texts = ${JSON.stringify(texts)};
      document.getElementById("send").onclick = async () => {
        const socket = new WebSocket("ws://" + location.host + "/ws");
        await new Promise((resolve) => socket.onopen = resolve);
        for (const text of texts) {
          socket.send(text);
          await fetch("/echo/" + encodeURIComponent(text) + "/end", { method: "POST", body: text, headers: { "x-note": text } }).then((response) => response.text());
        }
        await fetch("/count");
      }; 1`,
    );
    await exec(`await page.locator('#w').fill(${JSON.stringify(password)})`);
    await exec("await page.locator('#send').click()");
    await site.untilRequested("/count");
    await workspace.ok(["close", "--session", "s"]);
    for (const text of texts) assert.equal(sent(text) > 0, true, text);
    const rows = workspace.log<NetworkRow>("s", "network");
    const masked = rows.filter(({ url }) => /\/echo\/[^/]*\*\*\*masked\*\*\*[^/]*\/end$/.test(url));
    assert.equal(masked.length, texts.length);
    const log = rows.map((row) => JSON.stringify(row)).join("\n");
    for (const text of texts) {
      // As it stands in the log: the middle, which no border of the encoding changes.
      const middle = text.slice(text.length / 3, (text.length * 2) / 3);
      for (const form of [middle, encodeURIComponent(middle), JSON.stringify(middle).slice(1, -1)])
        assert.ok(!log.includes(form), form);
    }
    assert.ok(log.includes('"text":"***masked***"'), "the messages are there");
  });

  it("a password that was there before is in no snapshot: under any role, quoted by another element's name, or in a frame of any site", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "s");
    const witness = await given.witness("s");
    const frame = (value: string, name: string): string =>
      `<body><h1>${name}</h1><input type=password aria-label="${name} secret" value="${value}"></body>`;
    await witness.evaluate(
      `document.body.innerHTML = ${JSON.stringify(
        `<input type=password id=a value="plain-pass-1"><input type=password role=searchbox value="role-pass-2" id=b><input type=password role=button value="button-pass-3"><input type=password role=combobox value="combo 'pass' 4">
        <button aria-labelledby="a">x</button><p role=note aria-label="n" aria-describedby="b">note</p><div role=group aria-labelledby="t b"><span id=t>Group</span></div><label>Hint <input type=text autocomplete="one-time-code" value="556677"></label><label>Mail <input type=text autocomplete="section-login one-time-code" value="889911"></label>
        <input aria-label="Check" autocomplete="cc-csc" value="737"><input aria-label="Card" autocomplete="billing cc-number" value="card-4111"><input aria-label="Now" autocomplete="current-password" value="shown-pass-8"><input aria-label="Next" autocomplete="new-password" value="shown-pass-9">
        <input type=password id=s value="k7q"><button aria-labelledby="s">y</button>
        <input type=password value="twin-pass"><input type=password aria-label="Twin" value="twin-pass-and-rest"><input type=password aria-label="Odd" value='{odd "pass\\\\10'>
        <iframe id=same></iframe><iframe id=far></iframe><div id=root></div>`,
      )};
      for (let root = document.getElementById("root"), n = 1; n <= 2; root = root.shadowRoot.firstElementChild, n++) root.attachShadow({ mode: "open" }).innerHTML = '<div></div><input type=password aria-label="shadow secret ' + n + '" value="shadow-pass-' + n + '">';
      new Promise((resolve) => { let left = 2; for (const [id, html] of [["same", ${JSON.stringify(frame("frame-pass-5", "near"))}]]) { const f = document.getElementById(id); f.onload = () => --left || resolve(1); f.srcdoc = html; } const far = document.getElementById("far"); far.onload = () => --left || resolve(1); far.src = ${JSON.stringify(site.otherSiteUrl("/prefilled"))}; })`,
    );
    const { tree } = await workspace.json<{ tree: string }>(["snapshot", "--session", "s"]);
    const text = readFileSync(tree, "utf8");
    assert.match(text, /near secret[^]*far secret/, "the frames are in the tree");
    for (const n of [1, 2]) assert.match(text, new RegExp(`shadow secret ${n}`), "the shadow roots are in the tree");
    for (const secret of [
      "plain-pass-1",
      "role-pass-2",
      "button-pass-3",
      "combo 'pass",
      "combo ''pass",
      "frame-pass-5",
      "far-pass-6",
      "shadow-pass",
      "556677",
      "889911",
      "737",
      "card-4111",
      "shown-pass",
      "k7q",
      "-and-rest",
      "{odd",
    ])
      assert.ok(!text.includes(secret), `${secret}:\n${text}`);
    assert.match(text, /Group/, "the words beside it stay");
  });

  it("a password in a frame with a process of its own is in no snapshot", async () => {
    const { workspace, site } = given;
    const remote = await startBrowser(site.url(), ["--site-per-process"]);
    try {
      using witness = await Witness.connect(remote.endpoint);
      await witness.untilLoaded("/");
      await workspace.ok(["connect", remote.endpoint, "--session", "far"]);
      await witness.evaluate(
        `new Promise((resolve) => { document.body.innerHTML = '<h1>Top</h1><iframe></iframe>'; const far = document.querySelector("iframe"); far.onload = resolve; far.src = ${JSON.stringify(site.otherSiteUrl("/prefilled"))}; }).then(() => 0)`,
      );
      const { targetInfos } = await witness.send<{ targetInfos: { type: string }[] }>("Target.getTargets", {
        filter: [{}],
      });
      assert.ok(targetInfos.some(({ type }) => type === "iframe"));
      const text = await workspace.ok(["snapshot", "--session", "far", "--no-picture"]);
      assert.match(text, /far secret/, "the frame is in the tree");
      assert.doesNotMatch(text, /far-pass-6/);
    } finally {
      await workspace.cli(["close", "--session", "far"]);
      await remote.close();
    }
  });

  it("the key in the address of a remote browser is in no file but its own, and in no answer; the next host still has it", async () => {
    const { workspace } = given;
    const key = "k3y-of-a-remote-browser";
    await using remote = await gatedBrowser(key);
    const told: string[] = [];
    const run = async (...words: string[]): Promise<void> => {
      const { stdout, stderr } = await workspace.cli(words);
      told.push(stdout, stderr);
    };
    await run("connect", `ws://127.0.0.1:${remote.port}/?token=${key}`, "--session", "far", "--json");
    await run("pages", "--session", "far", "--json");
    await run("list", "--json");
    await run("list", "--everywhere", "--json");
    process.kill(workspace.requireState("far").hostPid, "SIGKILL");
    assert.match(
      await workspace.ok(["pages", "--session", "far"]),
      /about:blank/,
      "the next host attached with the key",
    );
    const kept = join(workspace.stateHome, "libretto", "endpoints");
    assert.deepEqual(
      readdirSync(kept).map((name) => statSync(join(kept, name)).mode & 0o777),
      [0o600],
    );
    const holding = filesHolding(workspace.stateHome, key).filter((file) => !file.startsWith(kept));
    assert.deepEqual([...holding, ...filesHolding(workspace.librettoFolder, key)], []);
    await run("close", "--session", "far", "--json");
    assert.deepEqual(readdirSync(kept), []);
    await run("connect", `ws://user:${key}@127.0.0.1:1/x?token=${key}`, "--session", "none");
    await run("connect", `wsx://127.0.0.1:1/x?token=${key}`, "--session", "none");
    assert.match(told.at(-1) ?? "", /is not the address of a browser/);
    for (const text of told) assert.ok(!text.includes(key), text);
  });

  it("the line of code that an error quotes is told to who wrote it, and not written down", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "s");
    const failed = await workspace.cli([
      "exec",
      "--session",
      "s",
      "await page.locator('#nowhere').fill('literal-in-code-88', { timeout: 50 })",
    ]);
    assert.match(failed.stderr, /literal-in-code-88/);
    workspace.write(
      "flow.ts",
      `import { workflow } from "libretto";\nexport default workflow("w", {}, async ({ page }) => {\n  await page.locator("#nowhere").fill("literal-in-flow-99", { timeout: 50 });\n});\n`,
    );
    const run = await workspace.cli(["run", "flow.ts", "--session", "flow", "--headless"]);
    assert.match(run.stderr, /flow\.ts:3/);
    assert.equal(workspace.requireState("flow").status, "failed");
    nowhere("literal-in-code-88", "literal-in-flow-99");
  });

  it("a password among the parameters of a workflow is hidden in what the workflow says, and in the error that it ends with", async () => {
    const { workspace } = given;
    workspace.write(
      "login.ts",
      `import { z } from "zod";\nimport { workflow } from "libretto";\nexport default workflow("login", { input: z.object({ login: z.object({ user: z.string(), password: z.string() }) }) }, async ({ input }) => {\n  console.log("as", input.login.user, "with", input.login.password);\n  throw new Error("no entry with " + input.login.password);\n});\n`,
    );
    const said = await workspace.cli([
      "run",
      "login.ts",
      "--session",
      "s",
      "--headless",
      "--params",
      JSON.stringify({ login: { user: "ada", password: "parameter-secret-44" } }),
    ]);
    assert.match(said.stdout + said.stderr, /as ada with \*\*\*masked\*\*\*/);
    assert.match(said.stderr, /no entry with \*\*\*masked\*\*\*/);
    assert.ok(!(said.stdout + said.stderr).includes("parameter-secret-44"), said.stderr);
    // The row comes a moment after the answer.
    await expect
      .poll(() => workspace.log<LogRow>("s", "logs").map(({ message }) => message), { timeout: 10_000 })
      .toContain("as ada with ***masked***");
    nowhere("parameter-secret-44");
  });

  it("a password that a workflow typed is hidden in what it returns", async () => {
    const { workspace, site } = given;
    workspace.write(
      "typed.ts",
      `import { workflow } from "libretto";\nexport default workflow("typed", { startUrl: ${JSON.stringify(site.url())} }, async ({ page }) => {\n  await page.evaluate(() => { document.body.innerHTML = "<input type=password>"; });\n  await page.locator("input").fill("typed-" + "in-flow-77");\n  return { was: await page.locator("input").inputValue() };\n});\n`,
    );
    for (const json of [[], ["--json"]]) {
      const said = await workspace.ok(["run", "typed.ts", "--headless", ...json]);
      assert.match(said, /\*\*\*masked\*\*\*/);
      assert.ok(!said.includes("in-flow-77"), said);
    }
  });

  it("a password that a workflow typed is hidden in why it pauses, and in what it returns after a pause", async () => {
    const { workspace, site } = given;
    workspace.write(
      "later.ts",
      `import { pause, workflow } from "libretto";\nexport default workflow("later", { startUrl: ${JSON.stringify(site.url())} }, async ({ page, session }) => {\n  await page.evaluate(() => { document.body.innerHTML = "<input type=password>"; });\n  await page.locator("input").fill("typed-" + "in-flow-88");\n  const was = await page.locator("input").inputValue();\n  await pause(session, { reason: "look at " + was });\n  return { was };\n});\n`,
    );
    const told = [
      await workspace.cli(["run", "later.ts", "--headless", "--session", "s", "--json"]),
      await workspace.cli(["list"]),
      await workspace.cli(["run", "--attach", "--session", "s"]),
      await workspace.cli(["resume", "--session", "s"]),
    ].map(({ stdout, stderr }) => `${stdout}${stderr}`);
    for (const [index, said] of told.entries()) {
      assert.ok(!said.includes("in-flow-88"), `${index}: ${said}`);
      assert.match(said, index === 1 ? /paused/ : /\*\*\*masked\*\*\*/, String(index));
    }
    nowhere("in-flow-88");
  });

  it("the next host knows what stood in the fields when the one before was killed", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "s");
    const witness = await given.witness("s");
    await witness.evaluate(tellTale);
    await witness.evaluate(
      `new Promise((loaded) => { const frame = document.createElement("iframe"); frame.onload = () => loaded(1); frame.srcdoc = '<iframe srcdoc="<input type=password value=in-a-frame-33>"></iframe>'; document.body.append(frame); })`,
    );
    await witness.evaluate(
      `{ const host = document.body.appendChild(document.createElement("div")); host.attachShadow({ mode: "open" }).innerHTML = '<p></p>'; host.shadowRoot.firstElementChild.attachShadow({ mode: "open" }).innerHTML = '<input type=password value=in-a-shadow-55>'; }`,
    );
    await exec("await page.getByLabel('Word').fill('from-before-11'); await page.getByLabel('Your PIN').fill('2718')");
    const { hostPid } = workspace.requireState("s");
    process.kill(hostPid, "SIGKILL");
    await waitUntilGone(() => processes().filter(({ pid }) => pid === hostPid));
    await workspace.ok(["pages", "--session", "s"]);
    site.forget();
    await witness.evaluate('fetch("/echo", { method: "POST", body: "it says in-a-frame-33" }).then((r) => r.text())');
    await witness.evaluate('fetch("/echo", { method: "POST", body: "it says in-a-shadow-55" }).then((r) => r.text())');
    await exec("await page.getByRole('button').click()");
    await site.untilRequested("/count");
    await workspace.ok(["close", "--session", "s"]);
    assert.ok(sent("from-before-11") > 0 && sent("2718") > 0);
    assert.ok(sent("in-a-frame-33") > 0 && sent("in-a-shadow-55") > 0);
    assert.ok(
      workspace.log<NetworkRow>("s", "network").some(({ postData }) => postData?.includes("***masked***") === true),
    );
    nowhere("from-before-11", '"2718', "q=2718", "in-a-frame-33", "in-a-shadow-55");
  });

  it("the next host knows, too, what stands in a frame of another site, which has a process of its own", async () => {
    const { workspace, site } = given;
    // A headless shell has every frame in its page's process.
    const env = { LIBRETTO_CHROMIUM: chromiumPath("full") };
    await workspace.ok(["open", site.url(), "--session", "s", "--headless"], { env });
    const witness = await given.witness("s");
    await witness.evaluate(
      `new Promise((loaded) => { const frame = document.createElement("iframe"); frame.onload = () => loaded(1); frame.src = ${JSON.stringify(site.otherSiteUrl("/prefilled"))}; document.body.append(frame); })`,
    );
    const { targetInfos } = await witness.send<{ targetInfos: { type: string; url: string }[] }>("Target.getTargets");
    assert.ok(
      targetInfos.some(({ type, url }) => type === "iframe" && url.endsWith("/prefilled")),
      "the frame is a target of its own",
    );
    const { hostPid } = workspace.requireState("s");
    process.kill(hostPid, "SIGKILL");
    await waitUntilGone(() => processes().filter(({ pid }) => pid === hostPid));
    await workspace.ok(["pages", "--session", "s"]);
    await witness.evaluate('fetch("/echo", { method: "POST", body: "it says far-pass-6" }).then((r) => r.text())');
    assert.equal(await exec("return 'far-' + 'pass-6'"), "***masked***");
    await workspace.ok(["close", "--session", "s"]);
    assert.ok(sent("far-pass-6") > 0);
    assert.ok(workspace.log<NetworkRow>("s", "network").some(({ postData }) => postData === "it says ***masked***"));
    nowhere("far-pass-6");
  });

  it("an address with a user, a token in its query and one in its fragment is written without them, from the first moment on", async () => {
    const { workspace, site } = given;
    const address = `${site.url("/hold/door")}?api_key=query-key-12&n=1#access_token=fragment-34`.replace(
      "http://",
      "http://ada:user-pass-56@",
    );
    const opening = workspace.start(["open", address, "--session", "s", "--headless", "--json"]);
    await site.untilRequested("/hold/door");
    nowhere("query-key-12", "fragment-34", "user-pass-56");
    site.release("door");
    assert.equal((await opening.exit).status, 0);
    assert.match(workspace.requireState("s").url, /\?api_key=\*\*\*masked\*\*\*&n=1#access_token=\*\*\*masked\*\*\*$/);
    await workspace.ok(["close", "--session", "s"]);
    nowhere("query-key-12", "fragment-34", "user-pass-56", Buffer.from("ada:user-pass-56").toString("base64"));
    assert.ok(workspace.log<LogRow>("s", "logs").length > 0);
  });
});
