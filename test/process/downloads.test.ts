import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chromiumPath, startBrowser } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";

interface LogRow {
  event: string;
  message: string;
  data?: { path?: string };
}

describe("S16, S18: downloads", () => {
  const given = useFixtures("downloads", "each");
  let server: Server;
  let origin: string;

  before(async () => {
    server = createServer((request, response) => {
      if (request.url?.startsWith("/report") === true) {
        response.setHeader("content-disposition", `attachment; filename="..${request.url}"`);
        response.end("a,b\n1,2\n");
      } else if (request.url === "/endless") {
        response.setHeader("content-type", "application/octet-stream");
        response.setHeader("content-disposition", 'attachment; filename="endless.bin"');
        response.write("begun".repeat(9_000));
      } else {
        response.setHeader("content-type", "text/html");
        response.end(
          `<title>Shop</title><a href="/report.csv">Export</a> <a href="/report.csv" target="_blank">Window</a> <a href="/endless">Endless</a>
          <a download="made.txt" href="data:text/plain,made">Made</a> <iframe srcdoc="<a href='/report-2.csv'>Framed</a>"></iframe>`,
        );
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  for (const [name, path] of [
    ["the headless shell", undefined],
    ["a full Chromium", chromiumPath("full")],
  ] as const) {
    it(`code takes a download by its event, the log tells where the file is, and it stays there, in ${name}`, async () => {
      const { workspace } = given;
      const temporary = join(workspace.scratch, "tmp");
      mkdirSync(temporary);
      const env = { TMPDIR: temporary, ...(path === undefined ? {} : { LIBRETTO_CHROMIUM: path }) };
      workspace.write(
        "export.ts",
        `import { workflow } from "libretto";
        export default workflow("export", { startUrl: ${JSON.stringify(origin)} }, async ({ page }) => {
          const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export" }).click()]);
          await file.saveAs("saved.csv");
          return file.suggestedFilename();
        });`,
      );
      assert.equal(
        await workspace.ok(["run", "export.ts", "--headless", "--session", "w"], { env }),
        "_report.csv",
        "no name leads out of the folder",
      );
      assert.equal(readFileSync(join(workspace.folder, "saved.csv"), "utf8"), "a,b\n1,2\n");

      await workspace.ok(["open", origin, "--headless", "--session", "d"], { env });
      const code = (click: string): string =>
        `const [file] = await Promise.all([page.waitForEvent("download", { timeout: 10_000 }), ${click}]); return require("fs").readFileSync(await file.path(), "utf8")`;
      assert.equal(
        await workspace.ok([
          ...["exec", "--session", "d", "--timeout", "20000"],
          `const own = await browser.newContext(); const other = await own.newPage(); await other.goto(${JSON.stringify(origin)});
           const [file] = await Promise.all([other.waitForEvent("download"), other.getByText("Export").click()]);
           const text = require("fs").readFileSync(await file.path(), "utf8"); await own.close(); return text`,
        ]),
        "a,b\n1,2",
        "in a browser context that the code made",
      );
      for (const [click, holds] of [
        ["page.getByText('Export').click()", "a,b\n1,2"],
        ["page.getByText('Export').click()", "a,b\n1,2"],
        ["page.getByText('Made').click()", "made"],
        ["page.frameLocator('iframe').getByText('Framed').click()", "a,b\n1,2"],
      ] as const)
        assert.equal((await workspace.ok(["exec", "--session", "d", code(click)])).trimEnd(), holds);
      // One that is cancelled by the code.
      await workspace.ok([
        "exec",
        "--session",
        "d",
        "const [file] = await Promise.all([page.waitForEvent('download'), page.getByText('Endless').click()]); await file.cancel(); return await file.failure()",
      ]);

      const kept = workspace
        .log<LogRow>("d", "logs")
        .flatMap(({ event, data }) => (event === "download.finished" && data?.path !== undefined ? [data.path] : []));
      const folder = join(workspace.sessionsFolder, "d", "downloads");
      assert.deepEqual(
        kept.map((file) => file.slice(folder.length + 1)),
        ["_report.csv", "_report (2).csv", "_report (3).csv", "made.txt", "_report-2.csv"],
      );
      await workspace.ok(["close", "--session", "d"]);
      for (const file of kept) assert.ok(existsSync(file), file);
      assert.deepEqual(readdirSync(folder).sort(), kept.map((file) => file.slice(folder.length + 1)).sort());
      assert.deepEqual(readdirSync(temporary), [], "nothing is left in the folder for temporary files");
    });
  }

  it("a browser that was connected keeps its own downloads, and the error says so", async () => {
    const { workspace } = given;
    const remote = await startBrowser(origin);
    try {
      await workspace.ok(["connect", `http://127.0.0.1:${remote.port}`, "--session", "mine"]);
      const { message, hint } = failureOf(
        await workspace.cli([
          "exec",
          "--session",
          "mine",
          "await Promise.all([page.waitForEvent('download', { timeout: 2_000 }), page.getByText('Export').click()])",
        ]),
      );
      assert.match(message, /Timeout 2000ms exceeded while waiting for event "download"/);
      assert.doesNotMatch(message, /===|\u001b/);
      assert.match(hint, /was connected and keeps its downloads/);
    } finally {
      await remote.close();
    }
  });
});
