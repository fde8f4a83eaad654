import assert from "node:assert/strict";
import { browserAnswers } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { browsersWithProfile, findProcess, waitUntilEnded, waitUntilGone } from "../support/processTable.js";

describe("S4 sessions side by side", () => {
  const given = useFixtures("parallel", "each");

  it("S4, S6: ten sessions opened at once are ten browsers on ten ports with ten profiles; close --all leaves no process of theirs", async () => {
    const { workspace, site } = given;
    const names = Array.from({ length: 10 }, (_, index) => `ten-${index}`);
    await Promise.all(
      names.map((name) =>
        workspace.ok(["open", site.url(`/?${name}`), "--headless", "--session", name, "--timeout", "60000"], {
          timeoutMs: 120_000,
        }),
      ),
    );
    const states = names.map((name) => workspace.requireState(name));
    for (const field of ["port", "browserPid", "hostPid", "profilePath", "socketPath", "cdpEndpoint"] as const)
      assert.equal(new Set(states.map((state) => state[field])).size, 10, field);
    assert.equal(browsersWithProfile(workspace.stateHome).length, 10);
    assert.ok((await Promise.all(states.map((state) => browserAnswers(state.port ?? 0)))).every(Boolean));
    const titles = await Promise.all(
      names.map((name) => workspace.ok(["readonly-exec", "--session", name, "return page.url()"])),
    );
    assert.deepEqual(
      titles,
      names.map((name) => site.url(`/?${name}`)),
    );

    const output = await workspace.ok(["close", "--all"], { timeoutMs: 60_000 });
    for (const name of names) assert.match(output, new RegExp(`\\b${name}\\b`), "close --all reports each session");
    await waitUntilGone(() => workspace.processes());
    for (const name of names) assert.equal(workspace.state(name), undefined);
  });

  it("S4: of twenty opens racing for one name one wins, nineteen fail with the same clear error, and one browser is left", async function () {
    this.timeout(180_000);
    const { workspace, site } = given;
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        workspace.cli(["open", site.url(), "--headless", "--session", "race"], { timeoutMs: 120_000 }),
      ),
    );
    const won = results.filter(({ status }) => status === 0);
    const lost = results.filter(({ status }) => status !== 0).map(failureOf);
    assert.equal(won.length, 1);
    assert.equal(lost.length, 19);
    for (const { status, message, hint } of lost) {
      assert.equal(status, 1);
      assert.match(message, /"race" is (being opened|open already)/);
      assert.match(hint, /close --session race/);
    }
    await waitUntilGone(() => browsersWithProfile(workspace.stateHome).slice(1));
    const [browser] = browsersWithProfile(workspace.stateHome);
    const state = workspace.requireState("race");
    assert.equal(browser?.pid, state.browserPid);
    assert.ok(findProcess(state.hostPid));
    assert.equal(await workspace.ok(["readonly-exec", "--session", "race", "return await page.title()"]), "The Shelf");
  });

  it("open on a live name refuses, says how to reach it, and disturbs nothing", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/typing"), "--session", "taken");
    const before = workspace.requireState("taken");
    const { status, message, hint } = failureOf(
      await workspace.cli(["open", site.url("/form"), "--headless", "--session", "taken"]),
    );
    assert.equal(status, 1);
    assert.match(message, /"taken"/);
    assert.match(hint, /--session taken/);
    assert.deepEqual(workspace.requireState("taken"), before);
    assert.equal(site.count("/form"), 0);
  });

  it("open on a name whose browser has died takes the name over", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "again");
    const { browserPid, hostPid } = workspace.requireState("again");
    process.kill(browserPid ?? 0, "SIGKILL");
    await waitUntilEnded(hostPid, browserPid);
    assert.equal(workspace.requireState("again").status, "exited");
    await workspace.open(site.url("/form"), "--session", "again");
    assert.equal(workspace.requireState("again").status, "active");
    assert.equal(await workspace.ok(["readonly-exec", "--session", "again", "return await page.title()"]), "Form");
  });
});
