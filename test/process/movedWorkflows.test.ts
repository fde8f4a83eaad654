import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jsonFailureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { waitUntilGone } from "../support/processTable.js";

/**
 * Written for the public package: they type-check under its own types (0.6.45) and are run as they stand. What they
 * show are the forms that its examples and its `workflow` know.
 */
const readTitle = `import { workflow } from "libretto";
import { log } from "../shared/utils.js";

export default workflow("read-title", {
  startUrl: "{{site}}",
  handler: async ({ page }) => {
    log("Reading…");
    const heading = await page.locator("h1").textContent();
    log(\`Heading: \${heading?.trim()}\`);
    return heading?.trim();
  },
});
`;
const utils = `export function log(message: string): void {
  console.log(\`[shelf] \${message}\`);
}

export const selectors = { name: "Name", size: "Size" }, sizes = ["s", "m", "l"] as const;
`;
const orderBook = `import { pause, workflow, type LibrettoWorkflowContext } from "libretto";
import { z } from "zod";
import { selectors, sizes } from "../shared/utils.js";

const inputSchema = z.object({
  name: z.string().min(1),
  size: z.enum(sizes).default("m"),
});
const outputSchema = z.object({ sent: z.boolean(), size: z.string() });
type Input = z.infer<typeof inputSchema>;

async function fillIn({ page, session }: LibrettoWorkflowContext, { name, size }: Input): Promise<void> {
  await page.getByLabel(selectors.name).fill(name);
  await page.getByLabel(selectors.size).selectOption(size);
  await pause(session);
}

export const orderBook = workflow(
  "order-book",
  { input: inputSchema, output: outputSchema, startUrl: "{{site}}form", viewport: { width: 900, height: 700 } },
  async (ctx, input) => {
    await fillIn(ctx, input);
    await ctx.page.getByRole("button", { name: "Send" }).click();
    await ctx.page.waitForLoadState();
    return { sent: !ctx.page.url().endsWith("/form"), size: input.size };
  },
);
export default orderBook;
`;
const countRows = `import type { Page } from "playwright";
import { workflow } from "libretto";

type Input = { url: string; rows?: number };
type Output = { session: string; items: string[] };

async function itemsOf(page: Page): Promise<string[]> {
  return (await page.locator("li").allTextContents()).map((text) => text.trim());
}

export default workflow<Input, Output>("list-items", async ({ session, page }, input) => {
  await page.goto(input.url, { waitUntil: "domcontentloaded" });
  const items = await itemsOf(page);
  if (items.length < (input.rows ?? 1)) throw new Error(\`expected \${input.rows} rows\`);
  return { session, items };
});
`;

const searchTable = `import { z } from "zod";
import { workflow, pause, launchBrowser, type LibrettoWorkflowContext } from "libretto";
import type { Page } from "playwright";

const inputSchema = z.object({
  query: z.string(),
  maxResults: z.number().int().positive().optional(),
});

const outputSchema = z.object({
  results: z.array(z.object({ name: z.string(), value: z.string() })),
  total: z.number(),
});

type Answer = { items: string[]; total: number };

class ApiClient {
  constructor(private page: Page) {}

  private async apiFetch(url: string, options?: { method?: string; body?: string }): Promise<string> {
    return await this.page.evaluate(
      async ({ url, method, body }) => {
        const init: RequestInit = { method: method ?? "GET" };
        if (body) {
          init.headers = { "Content-Type": "application/x-www-form-urlencoded" };
          init.body = body;
        }
        const response = await fetch(url, init);
        if (!response.ok) throw new Error(\`\${response.status} for \${url}\`);
        return await response.text();
      },
      { url, method: options?.method, body: options?.body },
    );
  }

  async count(query: string): Promise<number> {
    const raw = await this.apiFetch("/count", { method: "POST", body: \`q=\${query}\` });
    return (JSON.parse(raw) as { count: number }).count;
  }

  async items(): Promise<Answer> {
    return JSON.parse(await this.apiFetch("/json")) as Answer;
  }
}

export default workflow("searchTable", {
  input: inputSchema,
  output: outputSchema,
  startUrl: "{{site}}",
  gpu: true,
  handler: async (ctx: LibrettoWorkflowContext, input) => {
    const { session, page } = ctx;
    console.log("workflow-start", { session, query: input.query });
    await pause(session);
    const api = new ApiClient(page);
    await api.count(input.query);
    const { items, total } = await api.items();
    console.warn("found", total);
    const color = (await page.evaluate(\`(() => getComputedStyle(document.documentElement).display)()\`)) as string;
    const results = items.slice(0, input.maxResults ?? items.length).map((name) => ({ name, value: color }));
    return { results, total };
  },
});
`;
const twoExports = `import { workflow } from "libretto";
import { z } from "zod";

export const readTitle = workflow(
  "readTitle",
  { input: z.object({ loud: z.boolean() }), output: z.string() },
  async ({ page }, { loud }) => {
    const title = await page.title();
    return loud ? title.toUpperCase() : title;
  },
);

const placeOrder = workflow("placeOrder", {
  startUrl: "{{site}}form",
  viewport: { width: 800, height: 600 },
  input: z.object({ name: z.string().default("Ada") }),
  output: z.void(),
  async handler(ctx, input) {
    const { page } = ctx;
    await page.fill("[name=name]", input.name);
    await page.selectOption("[name=size]", "l");
    await page.click("button[type=submit]");
    await page.waitForSelector("h1");
    console.log(await readTitle.run(ctx, { loud: true }));
    await readTitle.run(ctx, { loud: "very" } as never).catch((error: Error) => console.error(error.message));
  },
});

export const workflows = { readTitle, placeOrder };
export default placeOrder;
`;
const legacy = `import { pause, workflow } from "libretto";
import { sizes } from "../shared/utils.js";

export default workflow<{ url?: string }, { texts: string[]; sizes: number }>("legacy", async (ctx, input) => {
  const { page, session } = ctx;
  if (input.url) await page.goto(input.url);
  try {
    await page.locator("#nowhere").click({ timeout: 200 });
  } catch (error) {
    console.error("recovered", (error as Error).name);
  }
  await pause(session);
  const rows = await page.locator("li").all();
  const texts: string[] = [];
  for (const row of rows.slice(0, 2)) texts.push((await row.textContent()) ?? "");
  const count = await page.$$eval("li", (found) => found.map((one) => one.textContent ?? "").length);
  if (count < texts.length) throw new Error("fewer rows than texts");
  return { texts, sizes: sizes.length };
});
`;
/** The workflow lies elsewhere. */
const reExport = `export { default } from "../workflows/legacy.js";
`;

describe("S18: workflows written for the public package run as they stand", () => {
  const given = useFixtures("moved", "each");
  const write = (path: string, text: string): void =>
    given.workspace.write(path, text.replaceAll("{{site}}", given.site.url("/")));

  beforeEach(() => {
    given.workspace.write("package.json", '{ "name": "shelf", "type": "module" }');
    given.workspace.write(
      "tsconfig.json",
      '{ "compilerOptions": { "module": "NodeNext", "target": "ES2022", "strict": true } }',
    );
    write("src/shared/utils.ts", utils);
  });

  it("one with its handler among the options and a helper beside it; one with schemas that pauses by the session's name; one with a handler alone", async () => {
    const { workspace, site } = given;
    write("src/workflows/read-title.ts", readTitle);
    const read = await workspace.cli(["run", "./src/workflows/read-title.ts", "--headless"]);
    assert.deepEqual([read.status, read.stdout], [0, "The Shelf\n"], read.stderr);
    assert.match(read.stderr, /^\[shelf\] Reading…\n\[shelf\] Heading: The Shelf$/m);
    await waitUntilGone(() => workspace.processes());

    write("src/workflows/order-book.ts", orderBook);
    write("params.json", '{ "name": "Ada", "size": "l" }');
    const order = ["run", "./src/workflows/order-book.ts", "--headless", "--session", "order"];
    const paused = await workspace.cli([...order, "--params-file", "params.json"]);
    assert.equal(paused.status, 0, paused.stderr);
    assert.match(paused.stdout, /^Workflow paused\.\nIt stands at src\/workflows\/order-book\.ts:15\n/);
    const witness = await given.witness("order");
    assert.deepEqual(await witness.evaluate("[innerWidth, innerHeight, document.querySelector('[name=name]').value]"), [
      900,
      700,
      "Ada",
    ]);
    assert.deepEqual(JSON.parse(await workspace.ok(["resume", "--session", "order"])), { sent: true, size: "l" });
    const [sent] = site.requests.filter(({ path, method }) => method === "POST" && path === "/submit");
    assert.ok(sent, "the form was sent");

    write("src/workflows/list-items.ts", countRows);
    const list = ["run", "src/workflows/list-items.ts", "--headless", "--session", "items", "--stay-open-on-success"];
    const ran = await workspace.cli([...list, "--params", JSON.stringify({ url: site.url("/"), rows: 3 })]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.deepEqual(JSON.parse(ran.stdout), {
      session: "items",
      items: ["Flatland", "The Periodic Table", "Invisible Cities"],
    });
    assert.match(await workspace.ok(["snapshot", "--session", "items"]), /The Shelf/);
    await workspace.ok(["close", "items"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("one with a client class that fetches in the page; one that runs another and is one of several exports; one from before schemas, exported again by a file, where a pause is none in production", async () => {
    const { workspace, site } = given;
    write("src/workflows/search-table.ts", searchTable);
    const search = ["run", "./src/workflows/search-table.ts", "--headless", "--session", "search"];
    const paused = await workspace.cli([...search, "--params", '{ "query": "flat land", "maxResults": 2 }']);
    assert.equal(paused.status, 0, paused.stderr);
    assert.match(paused.stdout, /^Workflow paused\./);
    assert.match(paused.stderr, /workflow-start \{ session: 'search', query: 'flat land' \}/);
    assert.deepEqual(JSON.parse(await workspace.ok(["resume", "--session", "search"])), {
      results: ["one", "two"].map((name) => ({ name, value: "block" })),
      total: 3,
    });
    assert.ok(site.requests.some(({ method, path }) => method === "POST" && path === "/count"));

    write("src/workflows/orders.ts", twoExports);
    const ordered = await workspace.cli(["run", "./src/workflows/orders.ts", "--headless"]);
    assert.deepEqual([ordered.status, ordered.stdout], [0, ""], ordered.stderr);
    assert.match(ordered.stderr, /^[A-Z ]+$/m, "the other workflow's result");
    assert.match(ordered.stderr, /Invalid input for workflow "readTitle": loud: /);
    assert.ok(site.requests.some(({ method, path }) => method === "POST" && path === "/submit"));

    write("src/workflows/legacy.ts", legacy);
    write("src/deploy/index.ts", reExport);
    const produced = await workspace.cli(
      ["run", "./src/deploy/index.ts", "--headless", "--params", JSON.stringify({ url: site.url("/") })],
      { env: { NODE_ENV: "production" } },
    );
    assert.equal(produced.status, 0, produced.stderr);
    assert.deepEqual(JSON.parse(produced.stdout), { texts: ["Flatland", "The Periodic Table"], sizes: 3 });
    assert.match(produced.stderr, /recovered TimeoutError/);
    await waitUntilGone(() => workspace.processes());
  });

  it("-v, LIBRETTO_REPO_ROOT and logins as Playwright's storage state mean what they mean there", async () => {
    const { workspace, site } = given;
    assert.equal(await workspace.ok(["-v"]), await workspace.ok(["--version"]));
    const cookie = { name: "taste", value: "vanilla", domain: "127.0.0.1", path: "/", expires: -1, secure: false };
    const state = { cookies: [{ ...cookie, httpOnly: false, sameSite: "Lax" }], origins: [] };
    workspace.write("login.json", JSON.stringify(state));
    const folders = ["there", "first"].map((name) => {
      const folder = join(workspace.folder, name);
      mkdirSync(folder);
      return folder;
    });
    const [there, first] = folders;
    await workspace.ok(["profiles", "import", "login.json"], { env: { LIBRETTO_REPO_ROOT: there } });
    await workspace.ok(["profiles", "import", "login.json"], {
      env: { LIBRETTO_REPO_ROOT: there, LIBRETTO_ROOT: first },
    });
    for (const folder of folders) assert.ok(existsSync(join(folder, ".libretto", "profiles", "login.json")), folder);
    const exported = await workspace.ok(["profiles", "export", "login"], { env: { LIBRETTO_REPO_ROOT: there } });
    assert.deepEqual((JSON.parse(exported) as typeof state).cookies, state.cookies);

    await workspace.open(site.url("/"), "--session", "login", "--auth-profile", "./login.json");
    assert.equal(site.requests.find(({ path }) => path === "/")?.headers.cookie, "taste=vanilla");
    await workspace.ok(["save", "./again.json", "--session", "login", "--sites", "127.0.0.1"]);
    const { cookies } = JSON.parse(readFileSync(join(workspace.folder, "again.json"), "utf8")) as typeof state;
    assert.deepEqual(
      cookies.map(({ name, value }) => [name, value]),
      [["taste", "vanilla"]],
    );
  });

  it("what is not offered is refused by name, with what to use instead", async () => {
    const { workspace } = given;
    const refusal = async (text: string): Promise<string> => {
      workspace.write("flow.ts", text);
      return jsonFailureOf(await workspace.cli(["run", "flow.ts", "--headless", "--json"])).message;
    };
    assert.match(
      await refusal(
        'import { workflow, popupRecoveryAction } from "libretto";\nexport default workflow("w", async () => String(popupRecoveryAction));\n',
      ),
      /^"libretto" here has no popupRecoveryAction\. Catch the error, and `pause\(session, \{ reason \}\)`/,
    );
    for (const [args, message, hint] of [
      [["cloud", "deploy"], /^There is no command "cloud" here\.$/, /`libretto run <file>`/],
      [["import-chrome-profiles", "shop"], /no command "import-chrome-profiles" here/, /`libretto save <name>/],
      [["run", "flow.ts", "--provider", "kernel"], /^run takes no option --provider\.$/, /`run --cdp <endpoint>`/],
      [["run", "flow.ts", "--no-visualize"], /^run takes no option --no-visualize\.$/, /^Leave it out/],
    ] as const) {
      const failed = await workspace.cli([...args, "--json"]);
      assert.equal(failed.status, 2, args.join(" "));
      const told = jsonFailureOf(failed);
      assert.match(told.message, message);
      assert.match(told.hint, hint);
    }
    for (const [option, instead] of [
      ['credentials: ["portal_password"]', "Take them as parameters"],
      ["recoveryAction: {} as never", "Catch the error"],
    ] as const)
      assert.ok(
        (
          await refusal(
            `import { workflow } from "libretto";\nexport default workflow("w", { ${option}, handler: async () => 1 });\n`,
          )
        ).startsWith(`"libretto" here has no option ${option.split(":")[0]} of a workflow. ${instead}`),
      );
  });
});
