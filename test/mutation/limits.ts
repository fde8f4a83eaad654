/** Parts of the titles of tests that are left out, and how long a test may take, as JSON. */
const { without = [], limitMs = 5_000 } = JSON.parse(process.env["LIBRETTO_MUTATION_LIMITS"] ?? "{}") as {
  without?: string[];
  limitMs?: number;
};

/** Stryker lets a test run for as long as it likes, and then ends its whole process: what waits in vain fails by itself. */
beforeEach(function () {
  if (without.some((part) => this.currentTest?.title.includes(part))) this.skip();
  this.currentTest?.timeout(limitMs);
});
