// Keeps docs/reliability.md: what can go wrong, what Libretto promises then, the test that makes it go wrong, and how
// that test ended when it last ran. The rows are written here; every run of the tests writes the results of what it
// ran. `node scripts/reliability.mjs` writes the page again; with --check it says whether rows and tests fit.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Scripts and tests are run from the repository. */
const root = process.cwd();
const page = join(root, "docs", "reliability.md");

/** A row: the fault, the promise, the test's file below test/, and a part of its title that no other test has. */
const sections = {
  "Processes that are killed": [
    [
      "the host is killed (SIGKILL)",
      "the next command attaches to the same page, with what was typed",
      "process/hostDeath",
      "kill -9 of the host: the next command attaches",
    ],
    [
      "the host is killed, and ten commands come at once",
      "one new host, ten answers",
      "process/hostDeath",
      "kill -9 of the host: ten commands at once",
    ],
    [
      "the host of a connected session is killed",
      "the next command connects again",
      "process/hostDeath",
      "kill -9 of the host of a connected session: the next command",
    ],
    [
      "hosts of ten sessions are killed at once",
      "all are taken up again",
      "faults/killedWhileOpening",
      "ten sessions whose hosts are all killed at once",
    ],
    [
      "a host is killed again and again",
      "it is replaced each time, and the page stays the same",
      "faults/killedWhileOpening",
      "a host killed again and again",
    ],
    [
      "the host is killed while it opens, at any moment",
      "nothing stays that `close --all --force` and `gc --all` do not end",
      "faults/killedWhileOpening",
      "after it was born leaves nothing that close",
    ],
    [
      "the host is killed just after it forked its browser",
      "`gc` ends the browser that comes to its name later",
      "faults/killedWhileOpening",
      "a browser that its killed host had forked",
    ],
    [
      "the client is killed while it opens",
      "nothing is left",
      "process/hostDeath",
      "a client that is killed while it opens",
    ],
    [
      "`close` is killed in the middle",
      "the next one finishes it",
      "faults/killedWhileOpening",
      "a close that is killed in the middle",
    ],
    [
      "the browser is killed",
      "the host ends, says why, and the next command tells how to go on",
      "process/hostDeath",
      "kill -9 of the browser: the host ends",
    ],
    [
      "the browser is killed while it opens",
      "an error at once, and nothing is left",
      "process/opening",
      "a browser that dies ends it with an error",
    ],
    [
      "host and browser are killed",
      "`list` says exited, `close` clears up, the name is free",
      "process/hostDeath",
      "kill -9 of both",
    ],
    [
      "the host is killed in a burst of requests",
      "no line of a log is torn, and the next host goes on recording",
      "process/recorder/handOver",
      "kill -9 in the middle of a burst",
    ],
    [
      "the holder of a lock is killed",
      "the lock is free at once",
      "unit/lock",
      "is free at once when its holder is dead",
    ],
    [
      "the host is killed while it waits for a Grid",
      "nothing stays in the queue or on record",
      "grid/failures",
      "a host that is killed while it waits leaves nothing",
    ],
    [
      "the host of a session on a Grid is killed",
      "the next command takes the browser over",
      "grid/failures",
      "a host that is killed loses nothing",
    ],
    [
      "a tab crashes",
      "it is told, and the session goes on in another",
      "faults/brokenSurroundings",
      "a page that crashes is told",
    ],
  ],
  "Processes that are stopped or silent": [
    [
      "the host is stopped (SIGSTOP)",
      "a command says that it does not answer, and what ends it",
      "process/close",
      "a command on a session whose host is stopped",
    ],
    [
      "host and browser are stopped",
      "`close --all --force` ends both",
      "process/close",
      "ends a session whose host and browser are stopped",
    ],
    [
      "the host spins",
      "what asks it, and what it worked for, is told so within a limit; it is ended by itself, and the next command goes on with its page",
      "faults/spinningHost",
      "is told of within a limit",
    ],
    [
      "the host spins",
      "`close --all --force` ends it with its browser",
      "faults/spinningHost",
      "is ended with its browser by",
    ],
    [
      "the host spins while it opens, before its first line",
      "`open` says so within a limit and ends it with its browser; Ctrl-C does so sooner; nothing is left",
      "faults/spinningHost",
      "before its first line: open says so",
    ],
    [
      "the host spins while it opens, and its command is killed",
      "`close --all --force` ends it with its browser; nothing does so by itself",
      "faults/spinningHost",
      "whose command was killed while it opened",
    ],
    [
      "the browser is stopped",
      "the session is listed, locked and closed",
      "process/close",
      "a session whose browser is stopped is listed",
    ],
    [
      "the browser is stopped while it opens",
      "Ctrl-C ends it",
      "process/opening",
      "Ctrl-C ends it though the browser does not answer",
    ],
    [
      "the server of an open page ends",
      "the page can be read, and loads again once the server is there",
      "faults/brokenSurroundings",
      "a server that dies while its page is open",
    ],
    [
      "a page cannot be loaded, and its error page comes late",
      "the next navigation is not met by it",
      "process/failedNavigation",
      "the next one is not met by the error page",
    ],
    [
      "a page never finishes loading",
      "`list`, `session-mode` and `close` answer",
      "process/opening",
      "which never loads, list, session-mode and close answer",
    ],
    [
      "a hub of a Grid is gone at `close`",
      "it is told, and `gc` pays the debt later",
      "grid/failures",
      "a hub that is gone at close",
    ],
    [
      "nobody uses a session, or its owner ends",
      "the session ends",
      "process/hostDeath",
      "--owner-pid ends the session with its owner",
    ],
  ],
  "Disks that are full or cannot be written": [
    [
      "the disk fills up while a session records",
      "the session goes on, says so, and can be closed",
      "faults/brokenSurroundings",
      "a disk that fills up",
    ],
    [
      "a change of the mode cannot be written",
      "it has not happened, for no one",
      "faults/brokenSurroundings",
      "a change of mode that cannot be kept",
    ],
    [
      "the disk is full while rows are written",
      "it is said once, what was lost is counted, and no line is torn",
      "process/recorder/fullDisk",
      "tells what was lost, and tears no line",
    ],
    ["the disk takes half a line", "no half line stays", "unit/logs/writer", "survives a full disk with no half line"],
    [
      "the workspace cannot be written",
      "`open` says so in two lines and leaves nothing",
      "faults/brokenSurroundings",
      "a workspace that was made read-only",
    ],
    ["file watches are used up", "sessions open", "faults/brokenSurroundings", "whose file watches are used up"],
  ],
  "Files that are torn, gone or somebody else's": [
    [
      "half a record, zeros, another version",
      "it is listed as broken beside the others, and `close` drops it",
      "process/records",
      "is listed as broken beside the others",
    ],
    [
      "a record is broken under a live session",
      "`close` ends its browser",
      "process/close",
      "a record that was broken under a live session",
    ],
    [
      "a killed process left half a line in a log",
      "the writer goes on behind it, and no row is spoilt",
      "unit/logs/writer",
      "goes on behind half a line",
    ],
    [
      "two processes write and rotate one log",
      "no line is torn, none is lost",
      "unit/logs/writer",
      "two processes that write and rotate one file",
    ],
    [
      "records are cleared away (`git clean`)",
      "they are put back",
      "faults/brokenSurroundings",
      "records that are cleared away under a live session",
    ],
    [
      "the workspace is moved",
      "the session goes with it",
      "faults/brokenSurroundings",
      "a workspace that is moved under a live session",
    ],
    [
      "the workspace is removed",
      "the session can be found everywhere and ended",
      "faults/brokenSurroundings",
      "a workspace that is removed with all that it holds",
    ],
    [
      "the socket is removed with its folder",
      "it is put back",
      "faults/brokenSurroundings",
      "a socket that is removed under a live session, with its folder",
    ],
    [
      "a pid on record belongs to another process by now",
      "it is not signalled",
      "process/close",
      "another process has taken is not signalled",
    ],
    [
      "a record by hand names processes, a socket and an address",
      "none of them is touched",
      "process/whoseFiles",
      "a record by hand gets no process killed",
    ],
    [
      "a link lies where a session's file is to be",
      "it is not followed, and `open` names it",
      "process/whoseFiles",
      "is not followed: open names it",
    ],
    [
      "another user's `.libretto` above the folder",
      "it is not obeyed",
      "process/whoseFiles",
      "a .libretto of another user above the folder",
    ],
    [
      "another user puts up the folder of the sockets",
      "it is refused at each bind and each connect",
      "process/whoseFiles",
      "a socket folder that another user has put up",
    ],
    [
      "the user's index of sessions loses an entry",
      "its host puts it back",
      "process/whoseFiles",
      "a lost entry is put back",
    ],
  ],
  "What stays open for long": [
    [
      "the clock is set",
      "every session is still known, and `close` ends it",
      "process/clock",
      "list, gc and the session's commands see what lives",
    ],
    [
      "nobody comes back to a browser without a host",
      "the next command of any kind ends it after its lease",
      "process/hostDeath",
      "a browser without a host is ended after its lease",
    ],
    [
      "sessions come and go beside one that stays",
      "processes, descriptors, temporary files and the host's memory do not grow",
      "faults/soak",
      "nothing grows while sessions come and go",
    ],
  ],
};

const rows = Object.values(sections).flat();

/** @returns {string[]} what rows name that no test file has */
export function missingTests() {
  return rows.flatMap(([, , file, title]) => {
    const path = join(root, "test", `${file}.test.ts`);
    return existsSync(path) && readFileSync(path, "utf8").includes(title) ? [] : [`test/${file}.test.ts: ${title}`];
  });
}

/**
 * The page with the results that it has, and newer ones in their place.
 * @param {Record<string, Record<string, string>>} [results] how each test ended, by its title, by the name of its bundle
 */
export function reliabilityPage(results = {}) {
  const before = existsSync(page) ? readFileSync(page, "utf8") : "";
  const known = new Map(
    [...before.matchAll(/^\| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$/gm)].map(([, fault, , , result]) => [fault, result]),
  );
  const resultOf = ([fault, , file, title]) => {
    const titles = Object.entries(outcomesOf(results, file)).filter(([name]) => name.includes(title));
    if (titles.length === 0) return known.get(fault) ?? "not run yet";
    const outcomes = titles.map(([, outcome]) => outcome);
    if (outcomes.includes("failed")) return "failed";
    return outcomes.includes("passed") ? "passed" : "left out";
  };
  const cell = (text) => text.replaceAll("|", "\\|");
  const tables = Object.entries(sections).map(([heading, faults]) =>
    [
      `## ${heading}`,
      "",
      "| fault | promise | test | result |",
      "|---|---|---|---|",
      ...faults.map((row) => {
        const [fault, promise, file, title] = row;
        const link = `[${file}](../test/${file}.test.ts): ${cell(title)} …`;
        return `| ${cell(fault)} | ${cell(promise)} | ${link} | ${resultOf(row)} |`;
      }),
    ].join("\n"),
  );
  return `${head}\n${tables.join("\n\n")}\n\n${foot}`;
}

/** The runner knows a test file by the name of its bundle. */
function outcomesOf(results, file) {
  return results[`${basename(file)}.test.cjs`] ?? {};
}

const head = `# What goes wrong, and what happens then

Each row is a fault that a test makes happen to real processes, disks and browsers. The last column is how that test
ended when it last ran on the machine that wrote this page; every run of \`npm test\` writes it (\`scripts/reliability.mjs\`).
`;

/** Figures of a run by hand; the short form of it runs with the suites. */
const foot = `## A long soak

\`npm run soak\` runs 500 cycles of \`open\`, \`exec\`, \`readonly-exec\`, \`snapshot\` and \`close\`, each command a process of its
own, beside a session that stays open and does the same. It fails where processes, descriptors, temporary files or the
memory of the host that stays have grown; twelve cycles of it run with the suites. A run of 500 cycles on Linux, Node 20,
two cores shared with other work:

| after | processes | descriptors of the host | memory of the host | temporary files |
|---|---|---|---|---|
| 25 cycles | 3 | 32 | 100 MB | 7 |
| 250 cycles | 3 | 32 | 108 MB | 7 |
| 500 cycles | 3 | 32 | 114 MB | 7 |

The host's memory may rise by 25 MB before the soak fails: it holds the engine's heap, which is not
collected to the end. Of what is collected some 22 KB stay for each reload and goto: Playwright, which reads for the host,
keeps the request and the answer of each, up to 10,000 of them (heap snapshots after 50 and 200 cycles: 150 more of each,
3.3 MB in all).
`;

/** Called at the end of a run of the tests. */
export function recordResults(results) {
  writeFileSync(page, reliabilityPage(results));
}

if (process.argv[1]?.endsWith("reliability.mjs")) {
  const missing = missingTests();
  for (const test of missing) console.error(`docs/reliability.md names a test that is not there: ${test}`);
  if (missing.length > 0) process.exitCode = 1;
  if (!process.argv.includes("--check")) writeFileSync(page, reliabilityPage());
  else if (!existsSync(page) || readFileSync(page, "utf8") !== reliabilityPage()) {
    console.error("docs/reliability.md is out of date: run `node scripts/reliability.mjs`.");
    process.exitCode = 1;
  }
}
