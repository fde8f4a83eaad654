import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { identify, isAlive, startOf } from "../../src/sessions/process/identity.js";
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
    const [asked, read] = (["darwin", "linux"] as const).map((platform) =>
      Date.parse(startOf(process.pid, platform) ?? ""),
    );
    // `ps` tells whole seconds.
    assert.ok(Math.abs((asked ?? Number.NaN) - (read ?? Number.NaN)) < 2_000, `${asked} is not ${read}`);
    assert.equal(startOf(2 ** 22 + 1, "darwin"), undefined);
  });
});
