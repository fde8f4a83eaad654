import assert from "node:assert/strict";
import { chromiumPath } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";

describe("S10 and C the configuration", () => {
  const given = useFixtures("config", "each");

  const malformed: [name: string, text: string, expected: RegExp][] = [
    ["text that is not JSON", '{\n  "version": 1,\n  "sessionMode" "read-only"\n}', /config\.json:3\b.*expected/],
    ["an unknown mode", '{\n  "version": 1,\n  "sessionMode": "readonly"\n}', /config\.json:3\b.*"read-only"/],
    ["no version", '{ "sessionMode": "read-only" }', /config\.json:1\b.*version.*1/],
    ["a version to come", '{\n\n"version": 2 }', /config\.json:3\b.*version/],
    ["a viewport of text", '{ "version": 1,\n "viewport": "big" }', /config\.json:2\b.*viewport/],
    ["a viewport without height", '{ "version": 1,\n "viewport": { "width": 100 } }', /config\.json:2\b.*height/],
    ["a negative lease", '{ "version": 1, "leaseMinutes": -1 }', /leaseMinutes/],
    ["a list", "[]", /config\.json:1\b.*expected/],
    ["nothing in it", "", /config\.json:1\b.*expected/],
    [
      "a limit that is no number",
      '{ "version": 1,\n"readonlyExec": {\n"timeoutMs": "soon" } }',
      /config\.json:3\b.*timeoutMs/,
    ],
  ];
  for (const [name, text, expected] of malformed) {
    it(`S10: a config with ${name} is an error with file, line and what was expected, and nothing is opened`, async () => {
      const { workspace, site } = given;
      workspace.write(".libretto/config.json", text);
      const before = workspace.files();
      const { status, message, hint } = failureOf(
        await workspace.cli(["open", site.url(), "--headless", "--session", "never"]),
      );
      assert.equal(status, 1);
      assert.match(message, expected);
      assert.notEqual(hint, "");
      assert.deepEqual(workspace.files(), before);
      assert.equal(site.requests.length, 0);
    });
  }

  it("C: an unknown key is warned of by name, and the session opens", async () => {
    const { workspace, site } = given;
    workspace.write(".libretto/config.json", '{ "version": 1, "sesionMode": "read-only" }');
    const result = await workspace.cli(["open", site.url(), "--headless", "--session", "warned"]);
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stderr, /sesionMode/);
    assert.equal(workspace.requireState("warned").mode, "write-access");
  });

  it("C: what the config weakens is said at open and connect, and what a flag says instead is not", async () => {
    const { workspace, site } = given;
    const env = { LIBRETTO_CHROMIUM: undefined };
    const program = chromiumPath();
    workspace.writeConfig({ version: 1, redact: false, executablePath: program });
    const told = async (...words: string[]): Promise<string> => {
      const { status, stderr } = await workspace.cli(words, { env });
      assert.equal(status, 0, stderr);
      return stderr;
    };
    const opened = await told("open", site.url(), "--headless", "--session", "weak");
    assert.match(opened, /warning: .*config\.json weakens the session: secrets are not masked .*"redact": false/);
    assert.ok(opened.includes(`its browser is the program ${program} ("executablePath")`), opened);
    const flagged = await told("open", site.url(), "--headless", "--session", "flag", "--executable-path", program);
    assert.match(flagged, /"redact": false/);
    assert.doesNotMatch(flagged, /executablePath/);
    const { cdpEndpoint } = workspace.requireState("flag");
    const connected = await told("connect", cdpEndpoint ?? "", "--session", "far");
    assert.match(connected, /"redact": false/);
    assert.doesNotMatch(connected, /executablePath/);
    await workspace.ok(["close", "--all"]);
    // Also where the program runs and is no browser.
    workspace.writeConfig({ version: 1, executablePath: "/bin/false" });
    const { hint } = failureOf(await workspace.cli(["open", site.url(), "--headless", "--session", "none"], { env }));
    assert.match(hint, /weakens the session: its browser is the program \/bin\/false/);
    workspace.writeConfig({ version: 1, redact: true });
    assert.doesNotMatch(await told("open", site.url(), "--headless", "--session", "strict"), /weakens/);
  });

  it("C: viewport and headless of the config hold, and a flag overrides them", async () => {
    const { workspace, site } = given;
    workspace.writeConfig({ version: 1, headless: true, viewport: { width: 640, height: 480 } });
    const size = "[innerWidth, innerHeight].join('x')";
    await workspace.ok(["open", site.url(), "--session", "config"]);
    assert.equal(workspace.requireState("config").headless, true);
    assert.deepEqual(workspace.requireState("config").viewport, { width: 640, height: 480 });
    assert.equal(await (await given.witness("config")).evaluate(size), "640x480");
    await workspace.ok(["open", site.url(), "--session", "flag", "--viewport", "800x600"]);
    assert.equal(await (await given.witness("flag")).evaluate(size), "800x600");
  });

  it("C: a broken config does not keep a session from being listed and closed", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "before");
    workspace.write(".libretto/config.json", "{");
    assert.match(await workspace.ok(["list"]), /before/);
    await workspace.ok(["close", "--session", "before"]);
    assert.equal(workspace.state("before"), undefined);
  });

  it("C: the environment comes before the config: LIBRETTO_CHROMIUM", async () => {
    const { workspace, site } = given;
    workspace.writeConfig({ version: 1, executablePath: "/nowhere/chromium" });
    const { message } = failureOf(
      await workspace.cli(["open", site.url(), "--headless"], { env: { LIBRETTO_CHROMIUM: undefined } }),
    );
    assert.match(message, /\/nowhere\/chromium/);
    await workspace.ok(["open", site.url(), "--headless", "--session", "set"], {
      env: { LIBRETTO_CHROMIUM: chromiumPath() },
    });
    assert.equal(workspace.requireState("set").status, "active");
  });
});
