import assert from "node:assert/strict";
import { useFixtures } from "../../support/fixtures.js";
import { processes, waitUntilGone } from "../../support/processTable.js";
import { filesHolding, type LogRow, type NetworkRow } from "./recording.js";

/** A page that sends what stands in a field on each key, and what its button is clicked for, under names that say nothing. */
const tellTale = `document.body.innerHTML = '<label>Word <input id=w type=password></label><label>Digits <input id=d autocomplete=one-time-code></label><label>Your PIN <input id=n></label><button id=send>Send</button>';
const send = (v, more) => fetch("/echo?" + new URLSearchParams({ q: v }), { method: "POST", body: JSON.stringify({ v, ...more }) }).then((r) => r.text());
for (const field of document.querySelectorAll("input")) field.oninput = () => send(field.value);
document.getElementById("send").onclick = async () => { for (const field of document.querySelectorAll("input")) if (field.value !== "") await send(field.value, { line: "it is " + (field.value.length > 5 ? field.value : "short") }); console.error("sent", document.getElementById("w").value); await fetch("/count"); };`;

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

  it("a password among the parameters of a workflow is hidden in what the workflow says", async () => {
    const { workspace } = given;
    workspace.write(
      "login.ts",
      `import { z } from "zod";\nimport { workflow } from "libretto";\nexport default workflow("login", { input: z.object({ login: z.object({ user: z.string(), password: z.string() }) }) }, async ({ input }) => {\n  console.log("as", input.login.user, "with", input.login.password);\n});\n`,
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
    assert.ok(workspace.log<LogRow>("s", "logs").some(({ message }) => message === "as ada with ***masked***"));
    nowhere("parameter-secret-44");
  });

  it("the next host knows what stood in the fields when the one before was killed", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "s");
    const witness = await given.witness("s");
    await witness.evaluate(tellTale);
    await exec("await page.getByLabel('Word').fill('from-before-11'); await page.getByLabel('Your PIN').fill('2718')");
    const { hostPid } = workspace.requireState("s");
    process.kill(hostPid, "SIGKILL");
    await waitUntilGone(() => processes().filter(({ pid }) => pid === hostPid));
    await workspace.ok(["pages", "--session", "s"]);
    site.forget();
    await exec("await page.getByRole('button').click()");
    await site.untilRequested("/count");
    await workspace.ok(["close", "--session", "s"]);
    assert.ok(sent("from-before-11") > 0 && sent("2718") > 0);
    assert.ok(
      workspace.log<NetworkRow>("s", "network").some(({ postData }) => postData?.includes("***masked***") === true),
    );
    nowhere("from-before-11", '"2718', "q=2718");
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
