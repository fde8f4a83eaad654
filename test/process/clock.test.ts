import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { useFixtures } from "../support/fixtures.js";
import { findProcess, waitUntilEnded, waitUntilGone } from "../support/processTable.js";

describe("A session outlives a change of the clock", () => {
  const given = useFixtures("clock", "each");

  /** What a command is told of the time, by how many hours it was set. The system's own clock is everybody's. */
  const clockSet = (hours: number): { env: Record<string, string> } => {
    const preload = join(given.workspace.scratch, `clock${hours}.cjs`);
    writeFileSync(
      preload,
      `const { Date: Real } = globalThis; const now = () => Real.now() + ${hours * 3_600_000};
      globalThis.Date = class extends Real { constructor(...args) { if (args.length > 0) super(...args); else super(now()); } static now() { return now(); } };`,
    );
    return { env: { NODE_OPTIONS: `--require ${preload}` } };
  };

  for (const hours of [-30, 1]) {
    it(`that was set by ${hours} h: list, gc and the session's commands see what lives, and close ends it`, async () => {
      const { workspace, site } = given;
      await workspace.open(site.url(), "--session", "steady");
      const { hostPid, browserPid, profilePath } = workspace.requireState("steady");
      const later = clockSet(hours);
      assert.match(await workspace.ok(["list"], later), /steady .* active/);
      await workspace.ok(["gc", "--all"], later);
      assert.ok(findProcess(browserPid ?? 0) && existsSync(profilePath ?? ""), "gc leaves a session that lives alone");
      assert.equal(
        await workspace.ok(["readonly-exec", "--session", "steady", "return await page.title()"], later),
        "The Shelf",
      );
      assert.equal(
        (await workspace.cli(["open", site.url(), "--headless", "--session", "steady"], later)).status,
        1,
        "the name is taken",
      );
      process.kill(hostPid, "SIGKILL");
      await waitUntilEnded(hostPid);
      assert.equal(
        await workspace.ok(["readonly-exec", "--session", "steady", "return await page.title()"], later),
        "The Shelf",
      );
      assert.equal(workspace.requireState("steady").browserPid, browserPid);
      await workspace.ok(["close", "--session", "steady"], later);
      await waitUntilGone(() => workspace.processes());
    });
  }
});
