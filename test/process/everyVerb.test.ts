import assert from "node:assert/strict";
import { siteUser } from "../support/site.js";
import { useFixtures } from "../support/fixtures.js";

describe("Must show 4: every verb on a site with forms, popups, frames, slow and failing requests", () => {
  describe("in write-access", () => {
    const given = useFixtures("write");
    const exec = (code: string) => given.workspace.ok(["exec", "--session", "w", code]);
    const goto = (path: string) => exec(`await page.goto(${JSON.stringify(given.site.url(path))})`);
    before(async () => {
      await given.workspace.open(given.site.url(), "--session", "w", "--write-access");
    });

    it("a form is filled and sent, and the server has what was typed", async () => {
      const { site } = given;
      await goto("/form");
      const witness = await given.witness("w");
      await exec(
        "await page.getByLabel('Name').fill('Grace Hopper'); await page.getByLabel('Size').selectOption('l'); await page.getByLabel('As a gift').uncheck(); await page.getByLabel('Hard').check(); await page.getByLabel('Note').fill('Line one\\nline two')",
      );
      assert.deepEqual(
        await witness.evaluate(
          "[document.forms[0].name.value, document.forms[0].size.value, document.forms[0].gift.checked, document.forms[0].cover.value]",
          "/form",
        ),
        ["Grace Hopper", "l", false, "hard"],
      );
      await exec("await page.getByRole('button', { name: 'Send' }).click(); await page.waitForURL('**/submit')");
      const sent = new URLSearchParams(site.requests.find(({ path }) => path === "/submit")?.body);
      assert.deepEqual(Object.fromEntries(sent), {
        name: "Grace Hopper",
        email: "ada@example.test",
        size: "l",
        cover: "hard",
        note: "Line one\r\nline two",
        fixed: "fixed",
        attachment: "",
      });
    });

    it("a login with a password sets a cookie that later pages get", async () => {
      const { site } = given;
      await goto("/login");
      await exec(
        `await page.getByLabel('User').fill(${JSON.stringify(siteUser.name)}); await page.getByLabel('Password').fill(${JSON.stringify(siteUser.password)}); await page.getByRole('button').click(); await page.waitForURL('**/account')`,
      );
      assert.equal(await exec("return await page.textContent('h1')"), `Welcome, ${siteUser.name}`);
      assert.match(site.requests.find(({ path }) => path === "/account")?.headers.cookie ?? "", /sid=/);
    });

    it("a popup becomes a page of the session", async () => {
      await goto("/popup");
      await exec(
        "const opened = page.waitForEvent('popup'); await page.click('#open'); await (await opened).waitForLoadState()",
      );
      const { pages } = await given.workspace.json<{ pages: { id: string; title: string; openerId?: string }[] }>([
        "pages",
        "--session",
        "w",
      ]);
      const popup = pages.find(({ title }) => title === "Popup");
      const opener = pages.find(({ title }) => title === "Opener");
      assert.ok(popup);
      assert.equal(popup.openerId, opener?.id);
      await given.workspace.ok(["exec", "--session", "w", "--page", popup.id, "await page.close()"]);
      assert.equal((await (await given.witness("w")).pages()).length, 1);
    });

    it("frames of the same and of another site are driven", async () => {
      await goto("/frames");
      await exec(
        "for (const name of ['same', 'cross']) { await page.frameLocator(`[name=${name}]`).getByRole('button').click() }",
      );
      assert.equal(
        await exec(
          "return (await Promise.all(['same', 'cross'].map((name) => page.frameLocator(`[name=${name}]`).getByRole('button').textContent()))).join()",
        ),
        "Pressed,Pressed",
      );
    });

    it("slow and failing requests are waited for and told", async () => {
      const { site } = given;
      await goto("/requests");
      await exec("await page.waitForFunction(() => document.querySelector('#done').textContent)");
      const done = await exec("return await page.textContent('#done')");
      for (const line of ["json 200", "post 200", "missing 404", "broken 500", "reset failed", "cancelled failed"])
        assert.ok(done.includes(line), line);
      assert.equal(await exec(`return (await page.goto(${JSON.stringify(site.url("/slow?ms=200"))})).status()`), "200");
      const refused = await given.workspace.cli([
        "exec",
        "--session",
        "w",
        `await page.goto(${JSON.stringify(site.url("/reset"))})`,
      ]);
      assert.equal(refused.status, 1);
      assert.equal(await exec(`return (await page.goto(${JSON.stringify(site.url("/status/503"))})).status()`), "503");
    });

    it("dialogs do not hang the session: one that nobody handles is dismissed, a handler's answer counts", async () => {
      await goto("/dialogs");
      const told = await given.workspace.cli(["exec", "--session", "w", "await page.click('#confirm')"]);
      assert.equal(told.status, 0, told.stderr);
      assert.match(told.stderr, /dismissed.*Sure\?/);
      assert.equal(
        await (await given.witness("w")).evaluate("document.querySelector('#answer').value", "/dialogs"),
        "false",
      );
      await exec("page.once('dialog', (dialog) => dialog.accept('somebody')); await page.click('#prompt')");
      assert.equal(
        await (await given.witness("w")).evaluate("document.querySelector('#answer').value", "/dialogs"),
        "somebody",
      );
    });

    it("a table over several pages is read", async () => {
      await goto("/table");
      const rows = JSON.parse(
        await exec(
          "const rows: string[] = []; for (;;) { rows.push(...await page.locator('tbody td:nth-child(2)').allTextContents()); const next = page.getByRole('link', { name: 'Next' }); if (!await next.count()) return rows; await next.click() }",
        ),
      ) as string[];
      assert.equal(rows.length, 53);
      assert.equal(rows.at(-1), "Book 53");
    });

    it("a download reaches the server and does not hold up the session", async () => {
      await goto("/downloads");
      await exec("await page.click('#file')");
      await given.site.untilRequested("/download");
      assert.equal(await exec("return await page.title()"), "Downloads");
    });

    it("shadow roots, websockets, workers and a service worker work as in any browser", async () => {
      await goto("/shadow");
      await exec("await page.getByRole('button', { name: 'In the shadow' }).click()");
      assert.equal(await exec("return await page.locator('fancy-button button').textContent()"), "Pressed");
      await goto("/sockets");
      await given.site.until(() => given.site.socketMessages.includes("hello"), "the page's message");
      for (const [path, text] of [
        ["/workers", "3"],
        ["/service-worker", "made by the service worker"],
      ] as const) {
        await goto(path);
        await exec("await page.waitForFunction(() => document.querySelector('#heard').textContent)");
        assert.equal((await exec("return await page.textContent('#heard')")).trim(), text);
      }
    });

    it("snapshot and readonly-exec work here too", async () => {
      await goto("/form");
      assert.match(await given.workspace.ok(["snapshot", "--session", "w"]), /textbox "Name"/);
      assert.equal(
        await given.workspace.ok([
          "readonly-exec",
          "--session",
          "w",
          "return await page.getByLabel('E-mail').inputValue()",
        ]),
        "ada@example.test",
      );
    });
  });

  describe("in read-only", () => {
    const given = useFixtures("read");
    const read = (code: string) => given.workspace.ok(["readonly-exec", "--session", "r", code]);
    before(async () => {
      await given.workspace.open(given.site.url("/form"), "--session", "r", "--read-only");
    });

    it("S13: what the form holds is read", async () => {
      assert.deepEqual(
        JSON.parse(
          await read(
            "return [page.url(), await page.title(), await page.getByLabel('E-mail').inputValue(), await page.getByLabel('As a gift').isChecked(), await page.getByRole('button', { name: 'Later' }).isDisabled(), await page.getByPlaceholder('Your name').isEditable(), await page.locator('option').count(), await page.locator('form').getAttribute('method')]",
          ),
        ),
        [given.site.url("/form"), "Form", "ada@example.test", true, true, true, 3, "post"],
      );
    });

    it("S14: whatever would change the page is refused with status 3, and the page is as it was", async () => {
      const { workspace, site } = given;
      const witness = await given.witness("r");
      const look =
        "JSON.stringify([...new FormData(document.forms[0])].map(String)) + location.href + document.documentElement.outerHTML";
      const before = await witness.evaluate(look);
      for (const code of [
        "await page.getByLabel('Name').fill('x')",
        "await page.getByRole('button', { name: 'Send' }).click()",
        "await page.goto('/')",
        "await page.reload()",
        "await page.evaluate(() => document.forms[0].submit())",
        "await page.getByLabel('Size').selectOption('s')",
        "await page.keyboard.type('x')",
        "await page.locator('form').evaluate((form) => form.submit())",
        "await page.close()",
        "await page.context().newPage()",
        "await page.setContent('')",
        "await fetch(page.url(), { method: 'POST' })",
        "await get(page.url().replace('/form', '/count'), { method: 'POST' })",
      ]) {
        const result = await workspace.cli(["readonly-exec", "--session", "r", code]);
        assert.ok(result.status === 3 || result.status === 1, `${code}: ${result.status} ${result.stdout}`);
        assert.match(result.stderr, /not allowed|not defined/, code);
      }
      assert.equal(await witness.evaluate(look), before);
      assert.equal(site.count("/submit"), 0);
      assert.equal(site.counter, 0);
      assert.deepEqual(
        [...new Set(site.requests.filter(({ method }) => method !== "GET").map(({ path }) => path))],
        [],
      );
      assert.equal((await witness.pages()).length, 1);
    });

    it("S12: snapshot, pages and session-mode work, exec does not", async () => {
      const { workspace } = given;
      assert.match(await workspace.ok(["snapshot", "--session", "r"]), /button "Send"/);
      assert.match(await workspace.ok(["pages", "--session", "r"]), /\/form/);
      assert.equal(await workspace.ok(["session-mode", "--session", "r"]), "read-only");
      assert.equal(
        (await workspace.cli(["exec", "--session", "r", "await page.getByLabel('Name').fill('x')"])).status,
        3,
      );
      assert.equal(await (await given.witness("r")).evaluate("document.forms[0].name.value"), "");
    });

    it("S13: scrollBy scrolls by the offset, and get reads from the site with the session's cookies", async () => {
      const { workspace, site } = given;
      await workspace.open(site.url(), "--session", "s", "--read-only", "--viewport", "800x600");
      const witness = await given.witness("s");
      await workspace.ok(["readonly-exec", "--session", "s", "await scrollBy(0, 400)"]);
      await witness.until("scrollY === 400");
      assert.equal(
        await workspace.ok([
          "readonly-exec",
          "--session",
          "s",
          `const answer = await get(${JSON.stringify(site.url("/json"))}); return (await answer.json()).total`,
        ]),
        "3",
      );
      assert.deepEqual(
        site.requests.filter(({ path }) => path === "/json").map(({ method }) => method),
        ["GET"],
      );
    });

    it("S13: frames of the same and of another site are read", async () => {
      const { workspace, site } = given;
      await workspace.open(site.url("/frames"), "--session", "f", "--read-only");
      assert.equal(
        await workspace.ok([
          "readonly-exec",
          "--session",
          "f",
          "return (await Promise.all(['same', 'cross'].map((name) => page.frameLocator(`[name=${name}]`).getByLabel('Inside').inputValue()))).join()",
        ]),
        "in the frame,in the frame",
      );
      assert.match(
        await workspace.ok(["readonly-exec", "--session", "f", "return page.frames().map((f) => f.url()).join('\\n')"]),
        /frame-inner\?cross/,
      );
    });

    it("a page whose requests are slow or fail can be read meanwhile", async () => {
      const { workspace, site } = given;
      await workspace.open(site.url("/requests"), "--session", "q", "--read-only");
      assert.equal(
        await workspace.ok(["readonly-exec", "--session", "q", "return await page.getByRole('heading').textContent()"]),
        "Requests",
      );
    });
  });
});
