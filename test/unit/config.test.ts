import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/sessions/store/config.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { workspaceAt, type Workspace } from "../../src/sessions/store/workspace.js";

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
});
