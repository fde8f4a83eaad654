import assert from "node:assert/strict";
import { corpusTests } from "./corpus.js";
import { RawClient, SocketRunner } from "./socketRunner.js";

describe("S12, S14, Must show 3: the corpus through the socket, by a client that ignores the CLI", () => {
  corpusTests(() => SocketRunner.open("/form"));

  it("exec, asked for at the socket, is refused before the browser is touched", async () => {
    const { stage, runner, state } = await SocketRunner.open("/form");
    const client = await RawClient.connect(state, LIBRETTO_VERSION);
    try {
      for (const params of [
        { code: "document.title = 1" },
        { code: "await page.click('button')", mode: "write-access" },
        { code: "1", __proto__: { mode: "write-access" } },
      ]) {
        const { error } = await client.request("exec", params);
        assert.ok(error?.data, "exec was not refused");
        assert.match(error.data.code, /^(RefusedByMode|Usage)$/);
      }
      assert.equal(await stage.witness.evaluate("document.title"), "Form");
    } finally {
      client.close();
      await runner.close();
      await stage.close();
    }
  });
});
