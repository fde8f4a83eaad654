/** What Windows is like, as far as it can be told without one. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileIdentity, isSameFile } from "../../src/sessions/logs/fileIdentity.js";
import { assertFileName, isSessionName, portableFileName } from "../../src/sessions/model/names.js";
import { askInBackground, isAlive, learnStarts } from "../../src/sessions/process/identity.js";
import { assertProfileName } from "../../src/sessions/store/profiles.js";
import { batchFile, shellScript } from "../../src/views/terminal/scripts.js";
import { leaveOut } from "../support/leaveOut.js";

describe("Windows", () => {
  let folder: string;
  const path = process.env["PATH"];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "windows-"));
  });
  after(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  it("the extension's thread waits for no PowerShell: what is not known yet counts as alive, and is learned meanwhile", async function () {
    if (process.platform !== "linux") leaveOut(this, "a stand-in for PowerShell that takes its time");
    // It answers when it is let, so that whoever waited for it here would wait for good.
    const gate = join(folder, "answer");
    const program = join(folder, "powershell.exe");
    writeFileSync(
      program,
      `#!/bin/sh\nfor i in $(seq 100); do [ -e '${gate}' ] && break; sleep 0.05; done\necho '${process.pid} 2026-01-02T03:04:05.6789012Z'\n`,
    );
    chmodSync(program, 0o755);
    process.env["PATH"] = `${folder}${delimiter}${path}`;
    askInBackground();
    try {
      const right = { pid: process.pid, startedAt: "2026-01-02T03:04:05.678Z" };
      const wrong = { pid: process.pid, startedAt: "2026-01-02T02:04:05.678Z" };
      assert.deepEqual([isAlive(right, "win32"), isAlive(wrong, "win32")], [true, true]);
      assert.equal(isAlive({ pid: 2 ** 22 + 1, startedAt: right.startedAt }, "win32"), false, "no process has it");
      writeFileSync(gate, "");
      await learnStarts([process.pid], "win32");
      assert.deepEqual([isAlive(right, "win32"), isAlive(wrong, "win32")], [true, false]);
    } finally {
      askInBackground(false);
    }
  });

  it("nothing that the extension runs starts a program and blocks until it has ended", () => {
    const blocking = readdirSync("src", { recursive: true, encoding: "utf8" })
      .map((file) => file.replaceAll("\\", "/"))
      // The host, its workers and the CLI are processes of their own.
      .filter((file) => file.endsWith(".ts") && !/^(sessions\/host|cli|mcp)\//.test(file))
      .filter((file) => /\b(spawnSync|execFileSync|execSync)\b/.test(readFileSync(join("src", file), "utf8")));
    // The first asks in the background where the extension has said so; the second makes pipes for hosts, elsewhere.
    assert.deepEqual(blocking.sort(), ["sessions/process/identity.ts", "sessions/process/namedPipes.ts"]);
    assert.match(readFileSync("src/extension.ts", "utf8"), /^ {2}askInBackground\(\);$/m);
  });

  it("two files whose numbers differ in the last of 64 bits are two", () => {
    const [one, other] = [2n ** 63n, 2n ** 63n + 1n].map((ino) => fileIdentity({ dev: 7n, ino }));
    assert.equal(Number(2n ** 63n), Number(2n ** 63n + 1n), "numbers would be the same");
    assert.equal(isSameFile(one, other), false);
    assert.equal(isSameFile(one, JSON.parse(JSON.stringify(one)) as typeof one), true);
    const numbers = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .filter((file) => /\.ino\b|[{,] ino\b/.test(readFileSync(join("src", file), "utf8")))
      .filter((file) => !/bigint|BigIntStats/.test(readFileSync(join("src", file), "utf8")))
      .map((file) => file.replaceAll("\\", "/"));
    // It reads a cursor, in which they are text.
    assert.deepEqual(numbers, ["mcp/tools/logs.ts"]);
  });

  for (const user of ["Ada", "Jürgen", "Łukasz", "山田", "100% off & on"])
    for (const codePage of ["ibm866", "windows-1252", "shift_jis"])
      it(`V5: the batch file starts the program below C:\\Users\\${user} where the console reads ${codePage}`, () => {
        const runtime = `C:\\Users\\${user}\\Code.exe`;
        const cli = `C:\\Users\\${user}\\cli.js`;
        const { line, codePageThen } = runBatch(Buffer.from(batchFile({ runtime, cli })), codePage);
        assert.equal(line, `"${runtime}" "${cli}" %*`);
        assert.equal(codePageThen, codePage, "the console is left as it was");
      });

  it("V5: the shell's script starts the program below any path", function () {
    if (process.platform === "win32") leaveOut(this, "a shell's script");
    const place = join(folder, "it's $HOME `50%` \\ é");
    mkdirSync(place);
    const cli = join(place, "cli.js");
    writeFileSync(cli, "console.log(JSON.stringify([process.env.ELECTRON_RUN_AS_NODE, ...process.argv.slice(2)]))");
    const script = join(folder, "libretto");
    writeFileSync(script, shellScript({ runtime: process.execPath, cli }), { mode: 0o755 });
    assert.deepEqual(JSON.parse(execFileSync(script, ["a b", "$c"], { encoding: "utf8" })), ["1", "a b", "$c"]);
  });

  const devices = ["CON", "nul.txt", "COM1", "aux", "Prn.json", "lpt9.tar.gz", "COM¹", "conin$", "NUL .txt"];

  it("no session, saved login or download has the name of a device, or ends in a dot or a space", () => {
    for (const name of [...devices, "a.", "a "]) {
      assert.equal(isSessionName(name), false, name);
      assert.throws(() => assertProfileName(name), { code: "Usage" }, name);
      const kept = portableFileName(name);
      assert.equal(portableFileName(kept), kept, `${name} is kept as ${kept}`);
      assert.throws(() => assertFileName(`C:\\out\\${name}`, "win32"), /Windows/, name);
      assert.doesNotThrow(() => assertFileName(`/out/${name}`, "linux"), name);
    }
    for (const name of ["console", "com10", "nullable.txt", "a.con", "auxiliary.har"]) {
      assert.equal(isSessionName(name), true, name);
      assert.equal(portableFileName(name), name);
      assert.doesNotThrow(() => assertFileName(`C:\\out\\${name}`, "win32"), name);
    }
    assert.deepEqual(
      ["CON", "nul.txt", "report.pdf. ", "../../x", "C:\\a\\b.txt", "a<b>:c.txt", "...", ""].map(portableFileName),
      ["_CON", "_nul.txt", "report.pdf", "x", "b.txt", "a_b__c.txt", "download", "download"],
    );
    assert.throws(() => assertProfileName("nul"), /"nul" is no name of a saved login/);
  });
});

/** What cmd does with such a file: it reads each line in the code page that is set when the line's turn comes. */
function runBatch(file: Buffer, codePage: string): { line: string; codePageThen: string } {
  const variables = new Map<string, string>();
  let current = codePage;
  let started = "";
  for (let from = 0; from < file.length;) {
    const end = file.indexOf("\r\n", from);
    const line = new TextDecoder(current).decode(file.subarray(from, end));
    from = end + 2;
    const expanded = line.replace(/%([A-Z_]+)%/g, (_, name: string) => variables.get(name) ?? "").replaceAll("%%", "%");
    const set = /^set "?([A-Z_]+)=([^"]*)"?$/.exec(expanded);
    if (/^(@echo|rem|setlocal)/.test(line)) continue;
    else if (set) variables.set(set[1] ?? "", set[2] ?? "");
    else if (line.startsWith("for /f")) variables.set("LIBRETTO_CODEPAGE", codePage);
    else if (line.startsWith("chcp 65001")) current = "utf-8";
    else if (line.startsWith("chcp ")) current = expanded.split(" ")[1] ?? "";
    else started = expanded;
  }
  return { line: started, codePageThen: current };
}
