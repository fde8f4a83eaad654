import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "playwright/test";
import type { ActionRow } from "../../src/sessions/logs/rows.js";
import type { ActResult } from "../../src/sessions/ipc/protocol.js";
import { siteUser } from "../support/site.js";
import { useFixtures } from "../support/fixtures.js";

describe("S27: act", () => {
  const given = useFixtures("act");
  const act = (...args: string[]) => given.workspace.json<ActResult>(["act", ...args, "--session", "a"]);
  const goto = async (path: string) => given.workspace.ok(["act", "goto", given.site.url(path), "--session", "a"]);
  const refOf = async (pattern: RegExp): Promise<string> => {
    const { text } = await given.workspace.json<{ text: string }>(["snapshot", "--session", "a"]);
    const ref = pattern.exec(text)?.[1];
    assert.ok(ref, text);
    return ref;
  };
  const actions = (): ActionRow[] => given.workspace.log<ActionRow>("a", "actions");
  before(async () => {
    await given.workspace.open(given.site.url(), "--session", "a", "--write-access");
  });

  it("fills, chooses, checks and sends a form by refs and by locators, and the server has it", async () => {
    await goto("/form");
    const name = await refOf(/textbox "Name"[^\n]*\[ref=(\w+)\]/);
    const file = join(given.workspace.scratch, "up.txt");
    writeFileSync(file, "x");
    const steps = [
      { action: "fill", target: name, value: "Grace" },
      { action: "press", target: name, value: "End" },
      { action: "type", target: "page.getByLabel('Name')", value: " H" },
      { action: "select", target: "getByLabel('Size')", values: ["l"] },
      { action: "uncheck", target: "getByLabel('As a gift')" },
      { action: "check", target: "getByRole('radio', { name: /hard/i })" },
      { action: "upload", target: "locator('input[type=file]')", values: [file] },
      { action: "hover", target: "getByRole('button').and(locator('button')).filter({ hasText: 'Send' }).first()" },
    ];
    const input = JSON.stringify(steps);
    const run = await given.workspace.cli(["act", "--steps", "-", "--session", "a", "--json"], { input });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    const result = JSON.parse(run.stdout) as ActResult;
    assert.equal(result.done, steps.length);
    assert.equal(result.changed, "page");
    assert.match(result.text, new RegExp(`^in textbox "Name" \\[ref=${name}\\]:\\n\\+ text: Grace H$`, "m"));
    const sent = await act("click", "getByRole('button', { name: 'Send' })");
    assert.equal(sent.changed, "navigated");
    const body = given.site.requests.find(({ path }) => path === "/submit")?.body ?? "";
    assert.match(body, /Grace(\+|%20)H/);
    assert.match(body, /size=l/);
    assert.match(body, /cover=hard/);
    assert.doesNotMatch(body, /gift=/);
    const agents = (): ActionRow[] => actions().filter(({ source }) => source === "agent");
    // The last row: those of one page are written in their order, a moment after what they tell of.
    await expect.poll(() => agents().map(({ action }) => action), { timeout: 20_000 }).toContain("click");
    const rows = agents();
    for (const action of ["fill", "press", "selectOption", "uncheck", "check", "setInputFiles", "hover", "click"])
      assert.ok(
        rows.some((row) => row.action === action && row.success === true),
        `${action}: ${JSON.stringify(rows.map((row) => row.action))}`,
      );
  });

  it("a ref means the same element in the next snapshot, also after the page around it changed", async () => {
    await goto("/form");
    const before = await refOf(/button "Send"[^\n]*\[ref=(\w+)\]/);
    await act("fill", "getByLabel('Name')", "x");
    assert.equal(await refOf(/button "Send"[^\n]*\[ref=(\w+)\]/), before);
  });

  it("a step that does not get through ends the steps, with what was done and why", async () => {
    await goto("/form");
    const steps = [
      { action: "fill", target: "getByLabel('Name')", value: "half" },
      { action: "click", target: "getByText('nowhere to be found')" },
      { action: "fill", target: "getByLabel('Name')", value: "never" },
    ];
    const file = join(given.workspace.scratch, "steps.json");
    writeFileSync(file, JSON.stringify(steps));
    const run = await given.workspace.cli(["act", "--steps", file, "--session", "a", "--timeout", "5000"]);
    assert.equal(run.status, 5);
    assert.match(run.stdout, /^1 of 3 steps done\.$/m);
    assert.match(run.stdout, /: half$/m);
    assert.match(
      run.stderr,
      /^error: Step 2 of 3, click getByText\('nowhere to be found'\): not done within 5000 ms: waiting for getByText/m,
    );
    const witness = await given.witness("a");
    assert.equal(await witness.evaluate("document.forms[0].name.value", "/form"), "half");
  });

  it("a step whose element is not there says what the page had instead", async () => {
    await goto("/form");
    const target = "getByRole('button', { name: 'Sent' })";
    const before = given.site.count("/submit", "POST");
    const run = await given.workspace.cli(["act", "click", target, "--session", "a", "--timeout", "300"]);
    assert.match(run.stderr, /; nothing on the page matches; nearest: button "Send" \[e\d+\]/);
    await act("click", /nearest: button "Send" \[(e\d+)\]/.exec(run.stderr)?.[1] ?? "");
    assert.equal(given.site.count("/submit", "POST"), before + 1, "its ref is a target");
  });

  it("dialogs are answered by the step behind the one that opens them, and dismissed where no step expects them", async () => {
    await goto("/dialogs");
    const witness = await given.witness("a");
    const answer = (): Promise<unknown> => witness.evaluate("document.querySelector('#answer').value", "/dialogs");
    const steps = [
      { action: "click", target: "locator('#prompt')" },
      { action: "dialog", value: "accept", values: ["Ada"] },
    ];
    const run = await given.workspace.cli(["act", "--steps", "-", "--session", "a"], { input: JSON.stringify(steps) });
    assert.equal(run.status, 0, run.stderr);
    assert.equal(await answer(), "Ada");
    assert.match(run.stdout, /prompt .* was accepted/);
    const { dialogs } = await act("click", "locator('#confirm')");
    assert.match(dialogs[0] ?? "", /dismissed, since no step/);
    assert.equal(await answer(), "false");
  });

  it("a password is in no answer and in no log", async () => {
    await goto("/login");
    const { text } = await act("fill", "getByLabel('Password')", siteUser.password);
    assert.doesNotMatch(text, new RegExp(siteUser.password));
    assert.doesNotMatch(JSON.stringify(actions()), new RegExp(siteUser.password));
  });

  it("S20: a snapshot shows what holds a text, what changed since another, what can be used, and so many levels", async () => {
    await goto("/form");
    const look = (...args: string[]) =>
      given.workspace.json<{ id: string; text: string }>(["snapshot", ...args, "--session", "a"]);
    const first = await look("--find", "small");
    assert.match(first.text, /combobox "Size"/);
    assert.match(first.text, /option "Small"/);
    assert.doesNotMatch(first.text, /Note|heading/);
    await act("check", "getByLabel('Hard')");
    const changed = await look("--since", first.id);
    assert.match(changed.text, /^~ radio "Hard" \[checked\]/m);
    assert.doesNotMatch(changed.text, /textbox|heading/);
    const usable = await look("--interactive");
    assert.match(usable.text, /button "Send"/);
    assert.doesNotMatch(usable.text, /heading/);
    assert.equal((await look("--depth", "1")).text.split("\n").length, 2);
    assert.ok((await look("--max-chars", "300")).text.split("\n# ")[0]!.length <= 300);
    const missing = await given.workspace.cli(["snapshot", "--since", "20200101-000000-000", "--session", "a"]);
    assert.match(missing.stderr, /There is no snapshot/);
  });

  it("S12: is refused in read-only mode before anything reaches the page, and works again when unlocked", async () => {
    await goto("/form");
    await given.workspace.ok(["session-mode", "read-only", "--session", "a"]);
    const refused = await given.workspace.cli(["act", "fill", "getByLabel('Name')", "no", "--session", "a"]);
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /act is refused: session "a" is read-only/);
    const witness = await given.witness("a");
    assert.equal(await witness.evaluate("document.forms[0].name.value", "/form"), "");
    await given.workspace.ok(["session-mode", "write-access", "--session", "a"]);
  });

  const wrong: [string, string[], RegExp][] = [
    ["no step", [], /No step was given/],
    ["an unknown action", ["smash", "e1"], /"smash" is no action/],
    ["code as a target", ["click", "page.evaluate('1')"], /evaluate is not a locator method/],
    ["code among the arguments", ["click", "locator((() => 1)())"], /is no target/],
    ["a fill without a text", ["fill", "e1"], /takes a value/],
    ["a file that is not there", ["upload", "e1", "missing.txt"], /no file/],
    ["more words than a step takes", ["click", "e1", "e2"], /no more/],
    ["a wait that is no time", ["wait", "forever"], /wait takes/],
  ];
  for (const [what, args, message] of wrong) {
    it(`${what} is a usage error`, async () => {
      const { status, stderr } = await given.workspace.cli(["act", ...args, "--session", "a"]);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
    });
  }
});
