import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { useFixtures } from "../../support/fixtures.js";
import { leaveOut } from "../../support/leaveOut.js";

interface Row {
  event?: string;
  url?: string;
  message?: string;
  data?: { dropped?: Record<string, number> };
}

describe("A session whose disk is full", () => {
  const given = useFixtures("full", "each");

  it("goes on, says so once, tells what was lost, and tears no line", async function () {
    const { workspace } = given;
    if (!mountSmallDisk(workspace.sessionsFolder)) leaveOut(this, "a full disk: mounting one takes root on Linux");
    try {
      await goOn();
    } finally {
      await workspace.cli(["close", "--all", "--force"]);
      execFileSync("umount", ["--lazy", workspace.sessionsFolder]);
    }
  });

  async function goOn(): Promise<void> {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "full");
    const filler = join(workspace.sessionsFolder, "filler");
    // Each request's row holds some kilobytes: more than the disk has room for.
    const ask = (name: string, count: number): Promise<string> =>
      workspace.ok([
        "exec",
        "--session",
        "full",
        `return await page.evaluate(async () => { for (let n = 0; n < ${count}; n++) await (await fetch("/echo?${name}=" + n + "&" + "x".repeat(4000))).text(); return "asked"; })`,
      ]);
    try {
      writeFileSync(filler, Buffer.alloc(8 * 1024 * 1024));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
    }
    assert.equal(await ask("full", 30), "asked");
    assert.match(await workspace.ok(["readonly-exec", "--session", "full", "return await page.title()"]), /./);
    rmSync(filler);
    assert.equal(await ask("free", 1), "asked");
    await untilTrue(
      () => rows(workspace.log<Row>("full", "logs"), "log.recovered") > 0,
      "the word that the disk has room again",
    );
    await workspace.ok(["close", "--session", "full"]);
    const logs = workspace.log<Row>("full", "logs");
    assert.equal(rows(logs, "log.trouble"), 1);
    assert.equal(rows(logs, "log.recovered"), 1);
    // Reading throws at a line that is not JSON.
    const network = workspace.log<Row>("full", "network");
    const told = network.filter(({ url }) => url?.includes("/echo?full=") === true).length;
    const dropped = logs.find(({ event }) => event === "log.recovered")?.data?.dropped?.["network.jsonl"] ?? 0;
    assert.equal(told + dropped, 30);
    assert.equal(network.filter(({ url }) => url?.includes("/echo?free=") === true).length, 1);
  }
});

function rows(logs: Row[], event: string): number {
  return logs.filter((row) => row.event === event).length;
}

async function untilTrue(condition: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 15_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 100)))
    if (Date.now() > deadline) throw new Error(`${what} did not come.`);
}

/** Mounts a file system of one megabyte in memory. @returns false where that is not allowed */
function mountSmallDisk(folder: string): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
