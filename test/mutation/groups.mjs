// The modules that carry promises, and the tests that hold each group of them: every test that could notice a change
// there and takes less than a second or so; `without`: not those tests whose title holds one of these; `limitMs`: how
// long a test may take, 5 s unless said; `isFresh`: each mutant has a process of its own, since the module remembers what
// it answered. A mutant of what is made when a module loads is run against all of them.

/** @type {Record<string, { mutate: string[], tests: string[], without?: string[], limitMs?: number, isFresh?: boolean }>} */
export const groups = {
  access: {
    mutate: [
      "src/sessions/model/policy.ts",
      "src/sessions/host/session/modeSwitch.ts",
      "src/sessions/host/exec/execQueue.ts",
    ],
    tests: [
      "test/unit/policy.test.ts",
      "test/unit/modeSwitch.test.ts",
      "test/unit/execQueue.test.ts",
      "test/unit/mcpTools.test.ts",
    ],
  },
  get: {
    mutate: ["src/sessions/host/reads/get.ts", "src/sessions/host/reads/addresses.ts"],
    tests: ["test/unit/readonly/get.test.ts", "test/unit/readonly/addresses.test.ts"],
  },
  locators: {
    mutate: ["src/sessions/host/reads/locators.ts", "src/sessions/host/reads/selectors.ts"],
    tests: ["test/unit/readonly/locators.test.ts", "test/unit/readonly/selectors.test.ts"],
  },
  reads: {
    mutate: ["src/sessions/host/reads/reads.ts"],
    tests: ["test/unit/readonly/reads.test.ts"],
  },
  store: {
    mutate: [
      "src/sessions/store/lock.ts",
      "src/sessions/store/userIndex.ts",
      "src/sessions/store/config.ts",
      "src/sessions/util/errors.ts",
    ],
    tests: [
      "test/unit/config.test.ts",
      "test/unit/errors.test.ts",
      "test/unit/lease.test.ts",
      "test/unit/lock.test.ts",
      "test/unit/userIndex.test.ts",
    ],
  },
  // Not kill.ts, and no test that ends processes by it: a mutant there could end whatever runs on the machine.
  processes: {
    mutate: ["src/sessions/process/identity.ts"],
    tests: ["test/unit/processes.test.ts", "test/unit/windows.test.ts"],
  },
  filter: {
    mutate: ["src/sessions/logs/filter.ts", "src/sessions/logs/filterTerms.ts", "src/sessions/logs/filterFields.ts"],
    tests: ["test/unit/logs/filter.test.ts"],
  },
  names: {
    mutate: ["src/sessions/logs/secretNames.ts"],
    tests: ["test/unit/logs/secretNames.test.ts"],
    isFresh: true,
  },
  redactor: {
    mutate: [
      "src/sessions/logs/redact.ts",
      "src/sessions/logs/redactJson.ts",
      "src/sessions/logs/maskText.ts",
      "src/sessions/logs/learnedSecrets.ts",
      "src/sessions/logs/secretForms.ts",
    ],
    tests: ["test/unit/logs/redact.test.ts"],
    // Every pair of encodings, for seconds.
    without: ["in any two of the usual encodings"],
  },
  tail: {
    mutate: ["src/sessions/logs/tail.ts"],
    tests: ["test/unit/logs/tail.test.ts"],
    without: ["20,000 rows"],
    // Who waits for a line that does not come waits that long.
    limitMs: 2_500,
  },
  writer: {
    mutate: ["src/sessions/logs/writer.ts"],
    tests: ["test/unit/logs/writer.test.ts"],
    without: ["two processes"],
    limitMs: 2_500,
  },
  tree: {
    mutate: ["src/views/tree/presentation.ts"],
    tests: ["test/unit/presentation.test.ts"],
  },
};
