import assert from "node:assert/strict";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { commands, type CommandName } from "../../src/cli/commands.js";
import { failureOf, jsonFailureOf, repositoryRoot } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";

/**
 * Calls with wrong words, and what a user has to be told. `{{live}}` is the name of a session that lives,
 * `{{url}}` an address that could be opened.
 */
type Wrong = [args: string[], status: number, message: RegExp, hint?: RegExp];
const every = Object.keys(commands) as CommandName[];
const onSession: CommandName[] = [
  "open",
  "connect",
  "pages",
  "exec",
  "readonly-exec",
  "snapshot",
  "session-mode",
  "close",
];
/** What `connect`, `exec` and the like need beside their flags. */
const needed: Partial<Record<CommandName, string[]>> = {
  connect: ["ws://127.0.0.1:9"],
  exec: ["1"],
  "readonly-exec": ["1"],
};

const wrong: Wrong[] = [
  // The command itself.
  [["opne", "{{url}}"], 2, /opne/, /open|--help/],
  [["toString"], 2, /toString/],
  [["__proto__"], 2, /__proto__/],
  [["constructor"], 2, /constructor/],
  [["--nonsense"], 2, /--nonsense/, /--help/],
  [[""], 2, /./],

  // Flags that no command has, values that are missing, given twice, or too many words.
  ...every.map((verb): Wrong => [[verb, "--no-such-flag"], 2, /--no-such-flag/, new RegExp(`libretto ${verb} --help`)]),
  ...onSession.map((verb): Wrong => [[verb, "--session"], 2, /--session/]),
  ...onSession.map((verb): Wrong => [
    [verb, ...(needed[verb] ?? []), "--session", "{{live}}", "--session", "b"],
    2,
    /--session/,
  ]),
  ...["exec", "readonly-exec", "snapshot"].map((verb): Wrong => [
    [verb, "--session", "{{live}}", "--page"],
    2,
    /--page/,
  ]),
  [["open", "{{url}}", "{{url}}", "--headless"], 2, /./],
  [["pages", "extra", "--session", "{{live}}"], 2, /extra/],
  [["close", "{{live}}", "--session", "{{live}}"], 2, /named twice/, /libretto close {{live}}/],
  [["list", "extra"], 2, /^list takes no argument "extra"\.$/],
  [["connect", "ws://127.0.0.1:9", "extra"], 2, /^connect takes no further argument "extra"; it takes the address of/],
  [["open", "--no-such-flag"], 2, /^open takes no option --no-such-flag\.$/],
  [["open", "--sesion", "a"], 2, /^open takes no option --sesion\. Did you mean --session\?$/],
  [["open", "{{url}}", "--viewport"], 2, /^--viewport needs a value: --viewport <WxH>\.$/],
  [["open", "{{url}}", "--viewport", "--headless"], 2, /^--viewport needs a value: --viewport <WxH>\.$/],
  [["open", "{{url}}", "--headless=yes"], 2, /^--headless takes no value\.$/],
  [["open", "{{url}}", "--headless=maybe"], 2, /--headless/],
  [["open", "{{url}}", "--json=yes"], 2, /--json/],

  // Values of the wrong kind.
  [["open", "{{url}}", "--headless", "--viewport", "big"], 2, /big/, /1280x720/],
  [["open", "{{url}}", "--headless", "--viewport", "0x0"], 2, /0x0/],
  [["open", "{{url}}", "--headless", "--viewport", "99999x99999"], 2, /99999/],
  [["open", "{{url}}", "--headless", "--timeout", "soon"], 2, /--timeout/],
  [["open", "{{url}}", "--headless", "--timeout", "-1"], 2, /--timeout/],
  [["open", "{{url}}", "--headless", "--timeout", "0"], 2, /--timeout/],
  [["open", "{{url}}", "--headless", "--idle-timeout", "never"], 2, /--idle-timeout/],
  [["open", "{{url}}", "--headless", "--owner-pid", "me"], 2, /--owner-pid/],
  [["open", "{{url}}", "--headless", "--owner-pid", "-5"], 2, /--owner-pid/],
  [["open", "{{url}}", "--headless", "--owner-pid", "99999999"], 2, /--owner-pid.*99999999/],
  [["open", "http://"], 2, /http:\/\//],
  [["open", "javascript:alert(1)", "--headless"], 2, /javascript/],
  [["exec", "--session", "{{live}}", "--timeout", "abc", "1"], 2, /--timeout/],
  [["readonly-exec", "--session", "{{live}}", "--timeout", "NaN", "1"], 2, /--timeout/],
  ...["exec", "readonly-exec"].flatMap((verb): Wrong[] =>
    ["0", "-1", "1e9", "0.5", "86400001", ""].map((time): Wrong => [
      [verb, "--session", "{{live}}", `--timeout=${time}`, "1"],
      2,
      /--timeout/,
      /--timeout 30000/,
    ]),
  ),
  [["open", "{{url}}", "--headless", "--timeout", "2147483648"], 2, /--timeout takes at most/],
  ...["exec", "readonly-exec", "snapshot"].flatMap((verb): Wrong[] =>
    ["", "a b", "f".repeat(65)].map((id): Wrong => [
      [verb, ...(needed[verb as CommandName] ?? []), "--session", "{{live}}", `--page=${id}`],
      2,
      /is not the id of a page/,
      /libretto pages/,
    ]),
  ),
  [["session-mode", "readonly", "--session", "{{live}}"], 2, /readonly/, /read-only/],
  [["session-mode", "READ-ONLY", "--session", "{{live}}"], 2, /READ-ONLY/],
  [["session-mode", "read-only", "write-access", "--session", "{{live}}"], 2, /write-access/],
  [["snapshot", "--session", "{{live}}", "e"], 2, /"e"/],

  [["open", "{{url}}", "--headless", "--wait-until", "never"], 2, /--wait-until/, /domcontentloaded/],
  [["open", "{{url}}", "--headless", "--executable-path", "/nowhere"], 1, /\/nowhere/],
  [["open", "{{url}}", "--headless", "--auth-profile", "nobody"], 2, /"nobody"/, /libretto save/],
  [["open", "{{url}}", "--headless", "--auth-profile", "../up"], 2, /\.\.\/up/],
  [["connect", "nonsense"], 2, /nonsense/, /ws:\/\/localhost:9222/],
  [["connect", "ftp://127.0.0.1:9"], 2, /ftp:/],
  [["connect", "ws://127.0.0.1:9", "--timeout", "0"], 2, /--timeout/],
  [["logs", "--session", "{{live}}", "--lines", "0"], 2, /--lines/],
  [["logs", "--session", "{{live}}", "--since", "yesterday"], 2, /yesterday/, /5m/],
  [["logs", "--session", "{{live}}", "--filter", "/(/"], 2, /--filter/],
  [["save", "x", "--session", "{{live}}", "--sites", "/"], 2, /host name/, /--sites/],
  [["save", "../x", "--session", "{{live}}", "--sites", "a.test"], 2, /\.\.\/x/],
  [["profiles", "nope"], 2, /nope/, /profiles list/],
  [["profiles", "delete", "nobody"], 2, /nobody/],
  [["run", "nowhere.ts"], 2, /nowhere\.ts/],
  [
    ["run", join(repositoryRoot, "examples", "workflows", "catalogue.ts"), "--headless", "--tsconfig", "nowhere.json"],
    2,
    /nowhere\.json/,
    /--tsconfig/,
  ],
  [["run", "package.json", "--viewport", "big", "--params", "{"], 2, /JSON|big|no file/],
  [["completion", "cmd"], 2, /"cmd"/, /bash, zsh, fish/],
  [["snapshot", "--session", "{{live}}", "e1", "e2"], 2, /e2/],
  [["exec", "--session", "{{live}}", "--file", "/nowhere"], 2, /--file/],
  [["exec", "--session", "{{live}}", "--file", "/nowhere", "1"], 2, /twice/],
  ...["gc", "setup", "status"].map((verb): Wrong => [[verb, "extra"], 2, /"extra"/, new RegExp(`libretto ${verb}`)]),

  // What is needed and missing.
  ...["run", "save", "completion"].map((verb): Wrong => [
    [verb],
    2,
    new RegExp(`^${verb} needs`),
    new RegExp(`Usage: libretto ${verb}`),
  ]),
  [["profiles", "delete"], 2, /not named/],
  [["save", "x", "--session", "{{live}}"], 2, /sites/, /--sites/],
  [["connect"], 2, /address|endpoint|url/i],
  [["exec", "--session", "{{live}}"], 2, /code/i],
  [["readonly-exec", "--session", "{{live}}"], 2, /code/i],
  [["exec", "--session", "{{live}}", ""], 2, /code/i],
  [["readonly-exec", "--session", "{{live}}", "   "], 2, /code/i],

  // Flags that exclude each other.
  [["open", "{{url}}", "--read-only", "--write-access"], 2, /--read-only.*--write-access|--write-access.*--read-only/],
  [["close", "--all", "--session", "{{live}}"], 2, /--all/],
  [["close", "--force", "--session", "{{live}}"], 2, /--force/, /--all/],
  [["close", "--force"], 2, /--force/, /--all/],

  [["open", "{{url}}", "--headless", "--headed"], 2, /--headless and --headed/],
  [
    ["open", "{{url}}", "--headless", "--auth-profile", "a", "--no-auth-profile"],
    2,
    /--auth-profile and --no-auth-profile/,
  ],
  [["connect", "ws://127.0.0.1:9", "--read-only", "--write-access"], 2, /--read-only and --write-access/],
  [["run", "nowhere.ts", "--headless", "--headed"], 2, /--headless and --headed/],
  [["run", "nowhere.ts", "--params", "1", "--params-file", "x"], 2, /--params/],
  [["run", "nowhere.ts", "--page", "abc"], 2, /--page.*--cdp/],

  // Nothing to be done there.
  [["resume", "--session", "{{live}}"], 1, /"{{live}}"/, /libretto list/],
  [["stop", "--session", "{{live}}"], 1, /"{{live}}"/, /libretto list/],

  // Sessions that are not there.
  ...["resume", "stop", "logs"].map((verb): Wrong => [[verb, "--session", "nobody"], 4, /"nobody"/, /{{live}}/]),
  [["save", "x", "--session", "nobody", "--sites", "a.test"], 4, /"nobody"/, /{{live}}/],
  ...["pages", "snapshot", "session-mode", "close"].map((verb): Wrong => [
    [verb, "--session", "nobody"],
    4,
    /"nobody"/,
    /{{live}}/,
  ]),
  [["exec", "--session", "nobody", "1"], 4, /"nobody"/, /{{live}}/],
  [["readonly-exec", "--session", "nobody", "1"], 4, /"nobody"/, /{{live}}/],
  [["session-mode", "read-only", "--session", "nobody"], 4, /"nobody"/, /{{live}}/],
  [["pages", "--session", "{{LIVE}}"], 4, /{{LIVE}}/],
];

describe("E bad input", () => {
  const given = useFixtures("bad");
  before(async () => {
    await given.workspace.open(given.site.url("/counter"), "--session", "live");
  });

  /** Names and contents matter; the log of the live session tells of refused commands, and may. */
  const disk = (): string[] => given.workspace.files();
  const fill = (text: string): string =>
    text.replaceAll("{{live}}", "live").replaceAll("{{LIVE}}", "LIVE2").replaceAll("{{url}}", given.site.url("/form"));

  for (const [args, status, message, hint] of wrong) {
    it(`E: \`libretto ${args.join(" ")}\` exits with ${status} and two lines, and changes nothing`, async () => {
      const { workspace, site } = given;
      const before = disk();
      const state = workspace.requireState("live");
      const filled = args.map(fill);
      const failure = failureOf(await workspace.cli(filled));
      assert.equal(failure.status, status, failure.message);
      assert.match(failure.message, new RegExp(fill(message.source), message.flags));
      if (hint) assert.match(failure.hint, new RegExp(fill(hint.source), hint.flags));
      assert.doesNotMatch(failure.message + failure.hint, /undefined|\[object|\bat .*:\d+:\d+/);

      const withJson = await workspace.cli([...filled, "--json"]);
      // A flag whose value is missing takes `--json` for none; that call is another mistake than the first.
      const json = jsonFailureOf(withJson);
      assert.equal(json.status, status);
      assert.equal(typeof json.code, "string");
      assert.notEqual(json.message, "");
      assert.notEqual(json.hint, "");
      assert.equal(withJson.stdout.trimEnd().split("\n").length >= 1, true);

      assert.deepEqual(disk(), before);
      assert.deepEqual(workspace.requireState("live"), state);
      assert.equal(site.count("/form"), 0);
    });
  }

  it("E: LIBRETTO_DEBUG shows where an error comes from, and without it no stack is shown", async () => {
    const { workspace } = given;
    const without = await workspace.cli(["exec", "--session", "nobody", "1"]);
    assert.doesNotMatch(without.stderr, /\n\s+at /);
    const withDebug = await workspace.cli(["exec", "--session", "nobody", "1"], { env: { LIBRETTO_DEBUG: "1" } });
    assert.equal(withDebug.status, 4);
    assert.match(withDebug.stderr, /\n\s+at /);
  });
});

describe("S21 the command line", () => {
  const given = useFixtures("line");
  const verbs = Object.keys(commands) as CommandName[];

  it("S21: --help lists every command, with status 0, on stdout", async () => {
    const { workspace } = given;
    const help = await workspace.ok(["--help"]);
    for (const verb of verbs) assert.match(help, new RegExp(`^\\s+${verb}\\b`, "m"), verb);
    assert.equal(await workspace.ok(["help"]), help);
    assert.equal(await workspace.ok(["-h"]), help);
  });

  it("S21: without a command the help is shown", async () => {
    const result = await given.workspace.cli([]);
    assert.match(result.stdout, /\bopen\b/);
    assert.equal(result.status, 0);
  });

  for (const verb of verbs) {
    it(`S21: ${verb} --help tells its use, its flags and an example`, async () => {
      const { workspace } = given;
      const help = await workspace.ok([verb, "--help"]);
      assert.match(help, new RegExp(`libretto ${verb}`));
      assert.match(help, /--json/);
      assert.match(help, /example/i);
      assert.equal(await workspace.ok(["help", verb]), help);
      for (const line of help.split("\n")) assert.ok(line.length <= 120, line);
    });
  }

  it("S21: --version is the package's", async () => {
    const { version } = JSON.parse((await import("node:fs")).readFileSync("package.json", "utf8")) as {
      version: string;
    };
    assert.match(await given.workspace.ok(["--version"]), new RegExp(version.replaceAll(".", "\\.")));
  });

  it("S21: flags may stand before and after words, with = and without", async () => {
    const { workspace, site } = given;
    await workspace.ok(["open", "--session=equals", site.url(), "--headless"]);
    assert.equal(await workspace.ok(["readonly-exec", "return await page.title()", "--session=equals"]), "The Shelf");
    assert.equal(await workspace.ok(["readonly-exec", "--session", "equals", "--", "-1"]), "-1");
  });

  it("S21: --json of every command that reads is one JSON value on stdout and nothing else", async () => {
    const { workspace } = given;
    for (const args of [
      ["list"],
      ["list", "--everywhere"],
      ["pages"],
      ["session-mode"],
      ["status"],
      ["snapshot"],
      ["readonly-exec", "1"],
      ["exec", "1"],
      ["gc"],
    ]) {
      const result = await workspace.cli([...args, "--json"]);
      assert.equal(result.status, 0, `${args.join(" ")}: ${result.stderr}`);
      assert.doesNotThrow(() => JSON.parse(result.stdout), args.join(" "));
    }
  });

  it("S21: status tells browser, versions and workspace, and whether a session can be opened", async () => {
    const { workspace } = given;
    const text = await workspace.ok(["status"]);
    assert.match(text, /chrom/i);
    assert.match(text, new RegExp(process.versions.node.replaceAll(".", "\\.")));
    assert.ok(text.includes(workspace.folder));
  });

  it("S21: status says no where no session could be opened: the browser that is set is not there, or the config is broken", async () => {
    const { workspace } = given;
    const missing = await workspace.cli(["status"], { env: { LIBRETTO_CHROMIUM: "/nowhere/chromium" } });
    assert.equal(missing.status, 1);
    assert.match(missing.stdout, /^problem .*\/nowhere\/chromium/m);
    assert.match(missing.stdout, /^ready +no$/m);
    workspace.writeConfig({ version: 1, executablePath: "/nowhere/else" });
    try {
      const set = await workspace.cli(["status", "--json"]);
      const { ready, chosenBrowser } = JSON.parse(set.stdout) as { ready: boolean; chosenBrowser: unknown };
      assert.deepEqual([set.status, ready, chosenBrowser], [1, false, null]);
      workspace.write(".libretto/config.json", "{");
      assert.equal((await workspace.cli(["status"])).status, 1);
    } finally {
      workspace.writeConfig({ version: 1 });
    }
    assert.equal((await workspace.cli(["status"])).status, 0);
  });

  it("S30: the file of a Grid's credentials is used where only the user can read it", async () => {
    const { workspace } = given;
    const asked: (string | undefined)[] = [];
    const hub = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
    const { port } = hub.address() as AddressInfo;
    const file = join(workspace.folder, "grid-login");
    workspace.write("grid-login", "ada:correct-horse\n");
    const open = () =>
      workspace.cli(["open", "--session", "g", "--grid", `http://127.0.0.1:${port}`], {
        env: { LIBRETTO_GRID_AUTH_FILE: file },
      });
    try {
      if (process.platform !== "win32")
        for (const mode of [0o640, 0o620, 0o610, 0o604, 0o602, 0o601]) {
          chmodSync(file, mode);
          const refused = failureOf(await open());
          assert.equal(refused.status, 2, mode.toString(8));
          assert.match(refused.message, /can be read by others/);
          assert.match(refused.hint, /chmod 600/);
        }
      assert.deepEqual(asked, []);
      chmodSync(file, 0o600);
      assert.match(failureOf(await open()).message, /refuses the user name or the password/);
      assert.equal(asked[0], `Basic ${Buffer.from("ada:correct-horse").toString("base64")}`);
      asked.length = 0;
      writeFileSync(file, "no colon");
      assert.match(failureOf(await open()).message, /holds no user:password/);
      rmSync(file);
      assert.match(failureOf(await open()).message, /cannot be read \(ENOENT\)/);
      assert.deepEqual(asked, []);
    } finally {
      hub.close();
    }
  });

  it("S21: setup finds the browser that is there and installs nothing", async () => {
    const result = await given.workspace.cli(["setup"]);
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout + result.stderr, /chrom/i);
  });

  it("open without a display says so and names --headless", async function () {
    if (process.platform !== "linux") leaveOut(this, "opening without a display: only Linux can lack one");
    const { workspace, site } = given;
    const failure = failureOf(
      await workspace.cli(["open", site.url()], { env: { DISPLAY: undefined, WAYLAND_DISPLAY: undefined } }),
    );
    assert.equal(failure.status, 1);
    assert.match(failure.message, /display/);
    assert.match(failure.hint, /--headless/);
  });

  for (const shell of ["bash", "zsh", "fish"]) {
    it(`shell completion: a script for ${shell}`, async () => {
      const script = await given.workspace.ok(["completion", shell]);
      assert.match(script, /libretto/);
    });
  }

  it("shell completion: an unknown shell is a usage error", async () => {
    assert.equal(failureOf(await given.workspace.cli(["completion", "cmd"])).status, 2);
  });
});
