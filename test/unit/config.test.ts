import assert from "node:assert/strict";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configKeys, defaults, readConfig, weakenings } from "../../src/sessions/store/config.js";
import { hostSettingsFrom } from "../../src/sessions/store/settings.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { workspaceAt, type Workspace } from "../../src/sessions/store/workspace.js";
import { leaveOut } from "../support/leaveOut.js";

describe("S10, C: config.json", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = workspaceAt(mkdtempSync(join(tmpdir(), "libretto-config-")));
    mkdirSync(workspace.folder);
  });
  afterEach(() => rmSync(workspace.root, { recursive: true }));

  const write = (text: string): void => writeFileSync(workspace.config, text);
  const refused = async (text: string): Promise<LibrettoError> => {
    write(text);
    const error: unknown = await readConfig(workspace).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof LibrettoError, `accepted: ${text}`);
    assert.equal(error.code, "BrokenConfig");
    return error;
  };

  it("is empty where there is no file", async () =>
    assert.deepEqual(await readConfig(workspace), { config: { version: 1 }, warnings: [] }));

  it("is read whole, with a byte order mark too", async () => {
    write(
      '\uFEFF{ "version": 1, "sessionMode": "read-only", "viewport": { "width": 800, "height": 600 }, "readonlyExec": { "timeoutMs": 5 } }',
    );
    const { config } = await readConfig(workspace);
    assert.equal(config.sessionMode, "read-only");
    assert.deepEqual(config.viewport, { width: 800, height: 600 });
  });

  it("names file, line and what was expected for a value of the wrong kind", async () => {
    const error = await refused('{\n  "version": 1,\n  "sessionMode": "readonly"\n}');
    assert.ok(error.message.startsWith(`${workspace.config}:3:`), error.message);
    assert.match(error.message, /read-only.*write-access/);
  });

  it("names file and line for a comma too many", async () => {
    const error = await refused('{\n  "version": 1,\n  "headless": true,\n}');
    assert.match(error.message, /config\.json:[34]:/);
  });

  for (const [what, text] of [
    ["an empty file", ""],
    ["an array", "[]"],
    ["a string", '"read-only"'],
    ["a later version", '{ "version": 2 }'],
    ["no version", "{}"],
    ["a negative viewport", '{ "version": 1, "viewport": { "width": -1, "height": 2 } }'],
    ["a lease of zero", '{ "version": 1, "leaseMinutes": 0 }'],
    ["a comment", '{ "version": 1 } // yes'],
    ["a nested mistake", '{ "version": 1, "readonlyExec": { "timeoutMs": "5s" } }'],
  ] as const) {
    it(`refuses ${what}`, async () => assert.match((await refused(text)).message, /config\.json/));
  }

  it("warns of unknown keys by name and line, and goes on", async () => {
    write('{\n "version": 1,\n "sesionMode": "read-only",\n "readonlyExec": { "timeout": 5 }\n}');
    const { warnings } = await readConfig(workspace);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? "", /config\.json:3: .*"sesionMode"/);
    assert.match(warnings[1] ?? "", /config\.json:4: .*"readonlyExec\.timeout"/);
  });

  it("takes every key at its smallest, and warns of none that is known", async () => {
    write(
      JSON.stringify({
        version: 1,
        sessionMode: "write-access",
        viewport: { width: 1, height: 1 },
        headless: false,
        sealed: true,
        executablePath: "/x",
        channel: "msedge",
        idleTimeoutMinutes: 0.1,
        leaseMinutes: 0.1,
        redact: false,
        bodyLimitBytes: 0,
        rotateBytes: 1,
        film: true,
        grid: { url: "http://hub", capabilities: { a: 1 }, queueTimeoutMs: 1 },
        readonlyExec: { timeoutMs: 1, memoryBytes: 1, outputBytes: 1, pendingCalls: 1 },
      }),
    );
    const { config, warnings } = await readConfig(workspace);
    assert.deepEqual(warnings, []);
    assert.deepEqual(Object.keys(config).length, 15);
    for (const channel of ["chrome", "chromium", "headless-shell"]) {
      write(JSON.stringify({ version: 1, channel }));
      assert.equal((await readConfig(workspace)).config.channel, channel);
    }
    // What each default is for is in the config's own words.
    for (const key of Object.keys(defaults)) assert.ok(key in config, key);
  });

  for (const [json, line, told] of [
    ['{\n"version": 2 }', 2, "version: expected 1"],
    ['{ "version": 1,\n"sessionMode": "x" }', 2, 'sessionMode: expected "read-only" or "write-access"'],
    [
      '{ "version": 1,\n\n"channel": "firefox" }',
      3,
      'channel: expected "chrome", "msedge", "chromium" or "headless-shell"',
    ],
    ['{ "version": 1, "viewport": 5 }', 1, 'viewport: expected { "width": <pixels>, "height": <pixels> }'],
    [
      '{ "version": 1, "viewport": {\n"width": 0,\n"height": 1 } }',
      2,
      'viewport.width: expected { "width": <pixels>, "height": <pixels> }',
    ],
    // What is missing has no place of its own.
    [
      '{ "version": 1,\n"viewport": { "width": 1 } }',
      2,
      'viewport.height: expected { "width": <pixels>, "height": <pixels> }',
    ],
    ['{ "version": 1, "headless": "yes" }', 1, "headless: expected true or false"],
    ['{ "version": 1, "sealed": 1 }', 1, "sealed: expected true or false"],
    ['{ "version": 1, "redact": 0 }', 1, "redact: expected true or false"],
    ['{ "version": 1, "film": null }', 1, "film: expected true or false"],
    ['{ "version": 1, "grid": "http://hub" }', 1, 'grid: expected { "url": <address of a Selenium Grid> }'],
    ['{ "version": 1, "grid": {\n"url": 1 } }', 2, "grid.url: expected the address of a Selenium Grid"],
    [
      '{ "version": 1, "grid": { "capabilities": 1 } }',
      1,
      "grid.capabilities: expected an object of WebDriver capabilities",
    ],
    ['{ "version": 1, "executablePath": 1 }', 1, "executablePath: expected the path of a browser"],
    ['{ "version": 1, "executablePath": "" }', 1, "executablePath: expected the path of a browser"],
    ['{ "version": 1, "leaseMinutes": 0 }', 1, "leaseMinutes: expected a number above 0"],
    ['{ "version": 1, "idleTimeoutMinutes": -1 }', 1, "idleTimeoutMinutes: expected a number above 0"],
    ['{ "version": 1, "rotateBytes": 0 }', 1, "rotateBytes: expected a number above 0"],
    [
      '{ "version": 1, "readonlyExec": { "pendingCalls": 0 } }',
      1,
      "readonlyExec.pendingCalls: expected a number above 0",
    ],
    ["\n7", 2, 'expected an object such as { "version": 1 }'],
  ] as const)
    it(`says of ${json.replaceAll("\n", "⏎")} that it ${told}`, async () =>
      assert.equal(
        // Where other tests have loaded the whole of zod, it has words of its own, which the commands do not load.
        (await refused(json)).message.replace("Too small: expected number to be >0", "expected a number above 0"),
        `${workspace.config}:${line}: ${told}.`,
      ));

  it("says what to do about it", async () => {
    const error = await refused("{");
    assert.match(error.message, /:1: [a-z ]+; expected JSON such as \{ "version": 1/);
    assert.match(error.hint, /Mend the file, or remove it .*nothing was opened/);
    assert.match((await refused('{ "version": 1 } // yes')).message, /:1: invalid comment token; expected JSON/);
    assert.match((await refused('{\n"version": 1,\n}')).message, /:3: [a-z]+( [a-z]+)+; expected JSON/);
  });

  it("warns of unknown keys of a Grid, too", async () => {
    write('{ "version": 1,\n"grid": {\n"url": "http://hub", "uri": 1 } }');
    const { warnings } = await readConfig(workspace);
    assert.deepEqual(warnings, [`${workspace.config}:3: the key "grid.uri" is not known and has no effect.`]);
  });

  it("one that cannot be read says so, without a line", async () => {
    mkdirSync(workspace.config);
    const error: unknown = await readConfig(workspace).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof LibrettoError);
    assert.ok(error.code === "BrokenConfig" && error.message.startsWith(`${workspace.config}: `), error.message);
  });

  it("one that another user has put there is not obeyed", async function () {
    if (process.getuid?.() !== 0) leaveOut(this, "a file of another user: only root can make one");
    write('{ "version": 1 }');
    chownSync(workspace.config, 1, 1);
    const error: unknown = await readConfig(workspace).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof LibrettoError);
    assert.deepEqual([error.code, /belongs to another user \(uid 1\)/.test(error.message)], ["Failed", true]);
  });

  it("what it weakens is told, as far as it is used", () => {
    const all = { executablePath: true, grid: true };
    const told = (config: object, used = all): string[] =>
      weakenings(workspace, { version: 1, ...config }, used).map((line) => line.slice(workspace.config.length));
    assert.deepEqual(told({}), []);
    assert.deepEqual(told({ redact: true }), []);
    assert.deepEqual(told({ redact: false }), [
      ' weakens the session: secrets are not masked in its logs ("redact": false).',
    ]);
    assert.deepEqual(told({ executablePath: "/x" }), [
      ' weakens the session: its browser is the program /x ("executablePath").',
    ]);
    assert.deepEqual(told({ grid: { url: "https://me:secret@hub/x" } }), [
      ' weakens the session: its browser runs on another machine, by the Grid at https://hub/x ("grid").',
    ]);
    assert.deepEqual(told({ grid: {} }), []);
    const config = { redact: false, executablePath: "/x", grid: { url: "http://hub" } };
    assert.deepEqual(told(config, { executablePath: false, grid: false }).length, 1);
    assert.deepEqual(told(config, { executablePath: true, grid: false }).length, 2);
    assert.deepEqual(told(config, { executablePath: false, grid: true }).length, 2);
  });

  it("C: a flag comes before the file, and the file before the default", () => {
    const idle = (config?: number, flag?: number): number | undefined =>
      hostSettingsFrom({ version: 1, idleTimeoutMinutes: config }, { idleTimeoutMinutes: flag }).idleTimeoutMinutes;
    assert.deepEqual([idle(5, 2), idle(5), idle(undefined, 2), idle()], [2, 5, 2, undefined]);
    const given = {
      redact: false,
      bodyLimitBytes: 0,
      rotateBytes: 7,
      film: true,
      leaseMinutes: 1,
      readonlyExec: { timeoutMs: 1, memoryBytes: 2 ** 25, outputBytes: 3, pendingCalls: 4 },
    };
    assert.deepEqual(hostSettingsFrom({ version: 1, ...given }), given);
    const memory = (memoryBytes: number): number =>
      hostSettingsFrom({ version: 1, readonlyExec: { memoryBytes } }).readonlyExec.memoryBytes;
    assert.deepEqual([1, 2 ** 24, 2 ** 24 + 1].map(memory), [2 ** 24, 2 ** 24, 2 ** 24 + 1]);
    const { redact, bodyLimitBytes, rotateBytes, film, leaseMinutes, readonlyExec } = defaults;
    assert.deepEqual(hostSettingsFrom({ version: 1 }), {
      redact,
      bodyLimitBytes,
      rotateBytes,
      film,
      leaseMinutes,
      readonlyExec,
    });
  });

  it("the README tells of every key", () => {
    const [, table = ""] = readFileSync("README.md", "utf8").split("| key | meaning | without it |");
    const told = [...(table.split("\n\n")[0] ?? "").matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key ?? "");
    assert.deepEqual(told.sort(), [...configKeys].sort());
  });

  it("reading it leaves nothing open", async function () {
    if (process.platform !== "linux") leaveOut(this, "how many files a process has open: told on Linux alone");
    const open = (): number => readdirSync("/proc/self/fd").length;
    write('{ "version": 1 }');
    const before = open();
    for (let round = 0; round < 20; round++) await readConfig(workspace);
    assert.ok(open() < before + 10, `${before}, then ${open()}`);
  });
});
