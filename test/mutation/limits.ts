/** Stryker lets a test run for as long as it likes, and then ends its whole process: what waits in vain fails by itself. */
beforeEach(function () {
  this.currentTest?.timeout(5_000);
});
