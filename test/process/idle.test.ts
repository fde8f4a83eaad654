import assert from "node:assert/strict";
import { HostClient } from "../../src/sessions/ipc/client.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { findProcess, waitUntilGone } from "../support/processTable.js";
import { Display, whyNoWindow } from "./recorder/display.js";

describe("--idle-timeout", () => {
  const given = useFixtures("idle");

  it("V6: a view that follows a session's pages does not keep it alive, and leaves nothing in its log", async () => {
    const { workspace, site } = given;
    await workspace.ok([
      "open",
      site.url(),
      "--headless",
      "--session",
      "watched",
      "--idle-timeout",
      String(1_500 / 60_000),
    ]);
    const { socketPath } = workspace.requireState("watched");
    const client = await HostClient.connect(socketPath, "vscode", "watched");
    assert.ok(client);
    let looks = 0;
    try {
      for (; ; looks++) assert.equal((await client.request("pages", { watching: true })).pages.length, 1);
    } catch (error) {
      assert.ok(error instanceof LibrettoError, String(error));
    }
    assert.ok(looks > 10, `${looks} looks`);
    await waitUntilGone(() => workspace.processes());
    assert.match(workspace.requireState("watched").reason ?? "", /Nobody used it/);
    assert.deepEqual(
      workspace.log<{ event: string }>("watched", "logs").filter(({ event }) => event === "command"),
      [],
    );
  });
});

describe("--idle-timeout with a window", () => {
  const given = useFixtures("idle-window");
  let display: Display | undefined;
  before(async function () {
    const why = whyNoWindow();
    if (why !== undefined) leaveOut(this, `a person at work in a session that ends when nobody uses it: ${why}`);
    display = await Display.start();
  });
  after(() => display?.close());

  it("does not end a session in whose window a person works, and ends it when the person has left", async () => {
    const { workspace, site } = given;
    assert.ok(display);
    const limitMs = 3_000;
    await workspace.ok(
      ["open", site.url("/counter"), "--headed", "--session", "manual", "--idle-timeout", String(limitMs / 60_000)],
      { env: { DISPLAY: display.name } },
    );
    const { hostPid } = workspace.requireState("manual");
    const witness = await given.witness("manual");
    const hand = await display.handOn(witness, "/counter");
    const until = Date.now() + 2 * limitMs;
    while (Date.now() < until) await hand.click("document.querySelector('#add')");
    assert.ok(site.counter > 0, "the clicks arrived");
    assert.ok(findProcess(hostPid), "the session was in use all the time");
    await waitUntilGone(() => workspace.processes());
    assert.match(workspace.requireState("manual").reason ?? "", /Nobody used it/);
  });
});
