import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import type { RunningCli } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { waitUntilGone } from "../support/processTable.js";

describe("S21: Ctrl-C of setup", () => {
  const given = useFixtures("setup", "each");
  let server: Server;
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    server = createServer((_request, response) => answer(response)).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const folder = (name: string): string => {
    const path = join(given.workspace.scratch, name);
    mkdirSync(path, { recursive: true });
    return path;
  };

  /** Installs a browser, from that server. */
  const setup = (env: Record<string, string> = {}): RunningCli =>
    given.workspace.start(["setup", "--force"], {
      env: {
        PLAYWRIGHT_DOWNLOAD_HOST: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        PLAYWRIGHT_BROWSERS_PATH: join(folder("browsers"), "cache"),
        TMPDIR: folder("tmp"),
        ...env,
      },
    });

  const nothingIsLeft = async (): Promise<void> => {
    await waitUntilGone(() => given.workspace.processes());
    assert.deepEqual(readdirSync(folder("tmp")), []);
    // Playwright notes first of all which installation a cache is for.
    const kept = readdirSync(folder("browsers"), { recursive: true }).map(String);
    assert.deepEqual(
      kept.filter((name) => !/^cache(?:$|[\\/]\.links)/.test(name)),
      [],
    );
  };

  it("S21: in the middle of a download ends it, and leaves nothing", async function () {
    if (process.platform === "win32") leaveOut(this, "Ctrl-C of setup: a test cannot press it on Windows");
    const asked = new Promise<void>((resolve) => {
      answer = (response) => {
        response.writeHead(200, { "content-length": "100000000" });
        response.write(Buffer.alloc(1_000_000), () => resolve());
      };
    });
    const running = setup();
    await asked;
    await running.waitFor("stderr", /Downloading/);
    running.interrupt();
    const result = await running.exit;
    assert.equal(result.status, 130, result.stderr);
    assert.match(result.stderr, /Installing a browser was interrupted/);
    await nothingIsLeft();
  });

  it("S21: as soon as an installer has started, and twice, ends it, and leaves nothing", async function () {
    if (process.platform === "win32") leaveOut(this, "Ctrl-C of setup: a test cannot press it on Windows");
    answer = () => undefined;
    for (const times of [1, 2]) {
      const running = setup();
      const own = running.child.pid;
      while (!given.workspace.processes().some(({ parent }) => parent === own)) await new Promise(setImmediate);
      for (let time = 0; time < times; time++) running.interrupt();
      const { status, signal } = await running.exit;
      assert.ok(status === 130 || signal === "SIGINT", `${status} ${signal}`);
      await nothingIsLeft();
    }
  });

  it("S21: during the system's installer, which does not hear of it at once, ends that with what it started", async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/etc/debian_version"))
      leaveOut(this, "Ctrl-C of Debian's installer: it is run as root on Debian alone");
    answer = (response) => response.writeHead(404).end();
    const programs = folder("programs");
    writeFileSync(
      join(programs, "apt-get"),
      '#!/bin/sh\ntrap "" TERM\necho "apt works"\nsleep 600 &\nwait\nsleep 600\n',
      { mode: 0o755 },
    );
    const running = setup({ PATH: `${programs}${delimiter}${process.env["PATH"] ?? ""}` });
    await running.waitFor("stderr", /apt works/);
    running.interrupt();
    const { status, stderr } = await running.exit;
    assert.equal(status, 130, stderr);
    await nothingIsLeft();
  });
});
