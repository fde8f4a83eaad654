import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  forgetStart,
  identify,
  isAlive,
  learnStarts,
  linuxStat,
  startOf,
} from "../../src/sessions/process/identity.js";
import { leaveOut } from "../support/leaveOut.js";

describe("A process is known by pid and start", () => {
  it("is alive as the one that was identified, and not as another that had its number before", () => {
    const me = identify(process.pid);
    assert.ok(me && isAlive(me));
    assert.equal(isAlive({ pid: me.pid, startedAt: new Date(Date.parse(me.startedAt) - 60_000).toISOString() }), false);
    if (process.platform === "linux") assert.equal(isAlive({ ...me, birth: `${me.birth}1` }), false);
  });

  it("is still known when the clock has been set since", function () {
    if (process.platform !== "linux")
      leaveOut(this, "a clock that was set: boot and ticks are recorded on Linux alone");
    const me = identify(process.pid);
    assert.ok(me);
    const anHourOff = new Date(Date.parse(me.startedAt) + 3_600_000).toISOString();
    assert.equal(isAlive({ ...me, startedAt: anHourOff }), true);
    assert.equal(isAlive({ pid: me.pid, startedAt: anHourOff }), false, "a record of before births were noted");
  });

  it("is gone when it has ended", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const identity = identify(child.pid ?? 0);
    assert.ok(identity && isAlive(identity));
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(isAlive(identity), false);
  });

  it("the start that macOS's way of asking tells is that of Linux's", function () {
    if (process.platform !== "linux") leaveOut(this, "macOS's way of asking: compared with Linux's /proc");
    forgetStart(process.pid);
    const [asked, read] = (["darwin", "linux"] as const).map((platform) =>
      Date.parse(startOf(process.pid, platform) ?? ""),
    );
    // `ps` tells whole seconds.
    assert.ok(Math.abs((asked ?? Number.NaN) - (read ?? Number.NaN)) < 2_000, `${asked} is not ${read}`);
    assert.equal(startOf(2 ** 22 + 1, "darwin"), undefined);
  });

  it("macOS's answer does not depend on the user's time zone, and is kept until it is forgotten", function () {
    if (process.platform !== "linux") leaveOut(this, "macOS's way of asking: compared with Linux's /proc");
    const { TZ, PATH } = process.env;
    try {
      process.env["TZ"] = "Asia/Tokyo";
      forgetStart(process.pid);
      const asked = startOf(process.pid, "darwin") ?? "";
      assert.ok(Math.abs(Date.parse(asked) - Date.parse(startOf(process.pid, "linux") ?? "")) < 2_000, asked);
      // Where nothing can be asked any more.
      process.env["PATH"] = "/nowhere";
      assert.equal(startOf(process.pid, "darwin"), asked);
      assert.equal(isAlive({ pid: process.pid, startedAt: asked }, "darwin"), true);
      forgetStart(process.pid);
      assert.equal(startOf(process.pid, "darwin"), undefined);
    } finally {
      process.env["PATH"] = PATH;
      if (TZ === undefined) delete process.env["TZ"];
      else process.env["TZ"] = TZ;
      forgetStart(process.pid);
    }
  });

  it("several are asked about at once, and what is no pid is not asked about", async function () {
    if (process.platform !== "linux") leaveOut(this, "macOS's way of asking: compared with Linux's /proc");
    const others = [process.pid, process.ppid];
    for (const pid of others) forgetStart(pid);
    await Promise.all([
      learnStarts([...others, 2 ** 22 + 1, -1, 0, 1.5, Number.NaN], "darwin"),
      learnStarts(others, "darwin"),
    ]);
    const { PATH } = process.env;
    try {
      process.env["PATH"] = "/nowhere";
      for (const pid of others)
        assert.ok(Math.abs(Date.parse(startOf(pid, "darwin") ?? "") - Date.parse(startOf(pid, "linux") ?? "")) < 2_000);
      assert.equal(startOf(2 ** 22 + 1, "darwin"), undefined);
    } finally {
      process.env["PATH"] = PATH;
      for (const pid of others) forgetStart(pid);
    }
  });

  it("one that has ended and was not counted yet is none", async function () {
    if (process.platform !== "linux") leaveOut(this, "zombies: made by a shell of Linux");
    // The shell turns into a program that asks after none of its children.
    const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [line] = (await once(parent.stdout, "data")) as [Buffer];
      const pid = Number(line.toString());
      const deadline = performance.now() + 5_000;
      while (linuxStat(pid) !== undefined && performance.now() < deadline) await new Promise(setImmediate);
      assert.deepEqual([linuxStat(pid), identify(pid), startOf(pid, "darwin")], [undefined, undefined, undefined]);
    } finally {
      parent.kill("SIGKILL");
    }
  });

  it("its group and its start are read past whatever its name holds", async function () {
    if (process.platform !== "linux") leaveOut(this, "what Linux alone tells of a process");
    const child = spawn("sh", ["-c", "printf ') Z 1 2' > /proc/self/comm; echo up; exec 3<&0; read x <&3"], {
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
    });
    try {
      await once(child.stdout, "data");
      const stat = linuxStat(child.pid ?? 0);
      assert.equal(stat?.group, child.pid);
      assert.ok((stat?.startTicks ?? 0) >= (linuxStat(process.pid)?.startTicks ?? Infinity));
    } finally {
      child.kill("SIGKILL");
    }
  });
});
