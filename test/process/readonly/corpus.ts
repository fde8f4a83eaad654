/** Runs the corpus against a runner; canaries judge. */
import assert from "node:assert/strict";
import { escapeGroups } from "./escapes.js";
import { mutatorGroups, type Attempt, type AttemptGroup } from "./mutators.js";
import { Canaries, type Runner, type Stage } from "./stage.js";

export const groups: AttemptGroup[] = [...escapeGroups, ...mutatorGroups];
export const attemptCount = groups.reduce((sum, { attempts }) => sum + attempts.length, 0);

/**
 * Declares a test for each group.
 * @param open starts everything; called once
 */
export function corpusTests(
  open: () => Promise<{ stage: Stage; runner: Runner }>,
  chosen: AttemptGroup[] = groups,
): void {
  let stage: Stage;
  let runner: Runner;
  let target = "";

  before(async () => {
    ({ stage, runner } = await open());
    await runner.run("await page.locator('h1').count()");
  });
  after(async () => {
    await runner.close();
    await stage.close();
  });

  const filled = (code: string): string =>
    code
      .replaceAll("{{site}}", stage.site.url("/"))
      .replaceAll("{{folder}}", stage.folder)
      .replaceAll("{{port}}", String(stage.browser.port))
      .replaceAll("{{target}}", target);

  for (const { title, attempts } of chosen) {
    it(`${title}: none of ${attempts.length} gets out`, async () => {
      const canaries = await fresh();
      const failures: string[] = [];
      for (const attempt of attempts) {
        const problem = await wrongEnd(attempt);
        if (problem !== undefined) failures.push(problem);
      }
      // The session lives, and everything that it offered is there.
      const alive = await runner.run(
        "return [await page.title(), await page.locator('h1').textContent(), typeof JSON.stringify, ({}).pwned ?? null]",
      );
      if (!alive.ok || alive.text !== JSON.stringify(["Form", "Order a book", "function", null], undefined, 2))
        failures.push(`the session does not live: ${JSON.stringify(alive)}`);
      const tripped = await canaries.tripped();
      assert.deepEqual(failures, []);
      assert.deepEqual(tripped, [], `it was: ${tripped.length === 0 ? "none" : await culprit(attempts)}`);
    });
  }

  async function fresh(): Promise<Canaries> {
    await stage.show("/form");
    stage.site.forget();
    target = (await stage.witness.pages())[0]?.targetId ?? "";
    const canaries = new Canaries(stage);
    await canaries.set();
    return canaries;
  }

  /** Runs one, and tells if it did not end as it must. */
  async function wrongEnd({ tries, code, expected, timeoutMs }: Attempt): Promise<string | undefined> {
    const ended = await runner.run(filled(code), timeoutMs === undefined ? {} : { timeoutMs });
    return expected === undefined || (!ended.ok && ended.code === expected)
      ? undefined
      : `${tries}: ended with ${JSON.stringify(ended).slice(0, 400)}`;
  }

  /** Which attempt trips a canary, where one does. */
  async function culprit(attempts: Attempt[]): Promise<string> {
    const canaries = await fresh();
    for (const attempt of attempts) {
      await wrongEnd(attempt);
      const tripped = await canaries.tripped();
      if (tripped.length > 0) return `${attempt.tries}: ${tripped.join("; ")}`;
    }
    return "none of them alone";
  }
}
