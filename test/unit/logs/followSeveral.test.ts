import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logs } from "../../../src/sessions/operations/logs.js";
import type { SessionsContext } from "../../../src/sessions/operations/context.js";
import { identify } from "../../../src/sessions/process/identity.js";
import { writeRecord } from "../../support/records.js";
import { workspaceAt } from "../../../src/sessions/store/workspace.js";

describe("Following several logs", () => {
  it("V3: goes on when the queues of all of them were full at once", async () => {
    const root = mkdtempSync(join(tmpdir(), "follow-"));
    const folder = join(root, ".libretto", "sessions", "busy");
    mkdirSync(folder, { recursive: true });
    const host = identify(process.pid);
    const env = { XDG_STATE_HOME: join(root, "state") };
    writeRecord(root, env, {
      version: 1,
      session: "busy",
      status: "active",
      mode: "read-only",
      kind: "connected",
      headless: true,
      cdpEndpoint: null,
      port: null,
      browserPid: null,
      browserStartedAt: null,
      hostPid: process.pid,
      hostStartedAt: host?.startedAt ?? "",
      hostBirth: host?.birth,
      profilePath: null,
      startedAt: new Date().toISOString(),
      viewport: null,
      url: "about:blank",
    });
    const files = ["logs", "network", "actions"].map((name) => join(folder, `${name}.jsonl`));
    for (const file of files) writeFileSync(file, "");
    const rows = 60_000;
    const text = `${JSON.stringify({ ts: "2026-01-01T00:00:00.000Z", event: "x" })}\n`.repeat(rows);
    const stop = new AbortController();
    try {
      const { entries } = logs(
        { workspace: workspaceAt(root, env), env } as unknown as SessionsContext,
        { session: "busy", kinds: ["logs", "network", "actions"], follow: true },
        stop.signal,
      );
      let seen = 0;
      const reading = (async () => {
        for await (const part of entries) {
          seen += part.length;
          if (seen === files.length * rows) stop.abort();
        }
      })();
      await new Promise((resolve) => setImmediate(resolve));
      for (const file of files) appendFileSync(file, text);
      await reading;
      assert.equal(seen, files.length * rows);
    } finally {
      stop.abort();
      rmSync(root, { recursive: true, force: true });
    }
  });
});
