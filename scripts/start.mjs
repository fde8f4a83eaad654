// `npm start`: puts in place what is missing, then does Libretto's main job on a page of its own, in a real
// browser, and shows every command with its true output. The server of that page counts what reaches it.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnsureError, ensureBrowser, ensureBuild, ensurePackages, main, root } from "./ensure.mjs";

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const bold = (text) => (colours ? `\x1b[1m${text}\x1b[0m` : text);
const dim = (text) => (colours ? `\x1b[2m${text}\x1b[0m` : text);

await main(async () => {
  await ensurePackages();
  await ensureBuild();
  await ensureBrowser();
  await transcript();
});

async function transcript() {
  const bakery = await startBakery();
  // A workspace of its own, so that nothing is left in yours.
  const folder = mkdtempSync(join(tmpdir(), "libretto-start-"));
  mkdirSync(join(folder, ".libretto"));
  const libretto = (args, expected = 0) => show(args, expected, folder);
  const headless = hasDisplay() ? [] : ["--headless"];
  try {
    comment(`A page with a button that ships real orders, at ${bakery.url}. Look, but do not touch:`);
    await libretto(["open", bakery.url, "--read-only", ...headless, "--session", "demo"]);

    comment("Read it with TypeScript, as you would in Playwright:");
    await libretto(["readonly-exec", "--session", "demo", "return await page.title()"]);
    await libretto([
      "readonly-exec",
      "--session",
      "demo",
      "return await page.locator('tbody td:nth-child(2)').allTextContents()",
    ]);

    comment("A click is refused, whichever way it is tried:");
    await libretto(
      ["readonly-exec", "--session", "demo", "await page.getByRole('button', { name: 'Ship all orders' }).click()"],
      3,
    );
    await libretto(
      ["exec", "--session", "demo", "await page.getByRole('button', { name: 'Ship all orders' }).click()"],
      3,
    );
    confirm(bakery.shipped === 0, "The bakery's server has shipped nothing.");

    comment("Unlock the session, and the same click goes through:");
    await libretto(["session-mode", "write-access", "--session", "demo"]);
    await libretto([
      "exec",
      "--session",
      "demo",
      "await page.getByRole('button', { name: 'Ship all orders' }).click()\nawait page.getByText('Shipped: 3').waitFor()",
    ]);
    confirm(bakery.shipped === 3, "The bakery's server has shipped 3 orders.");

    comment("Close it: the browser ends, the logs stay.");
    await libretto(["close", "--session", "demo"]);
  } finally {
    await runCli(["close", "--all", "--force"], folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    bakery.close();
  }
  console.log(`
${bold("It works. Next:")}
  npm link                                      put \`libretto\` on your PATH
  libretto open https://example.com${headless.length > 0 ? " --headless" : "           "} a browser under a name of its own
  libretto --help                               every command
  npm test                                      the promises, each as a test
In VS Code, F5 in this folder opens a window with the Sessions sidebar.`);
}

/** The page and its server, which counts the orders that were shipped. */
async function startBakery() {
  const page = readFileSync(join(root, "examples", "demo", "index.html"));
  const bakery = { shipped: 0 };
  const server = createServer((request, response) => {
    if (request.method === "POST" && request.url === "/ship") bakery.shipped = 3;
    response.writeHead(request.url === "/favicon.ico" ? 404 : 200, { "content-type": "text/html; charset=utf-8" });
    response.end(request.method === "POST" ? String(bakery.shipped) : page);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(bakery, {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
}

/** Shows a command and what it printed; a status other than the expected one ends the transcript. */
async function show(args, expected, folder) {
  console.log(`${bold("$ libretto")} ${bold(args.map(quote).join(" "))}`);
  const { status, output } = await runCli(args, folder);
  if (output.trim() !== "") console.log(output.trimEnd().replaceAll(/^/gm, "  "));
  if (expected !== 0) console.log(dim(`  (exit status ${status})`));
  if (status !== expected)
    throw new EnsureError(
      `\`libretto ${args[0]}\` ended with ${status} instead of ${expected}.`,
      "Its output is above; `LIBRETTO_DEBUG=1 npm start` shows more.",
    );
}

function runCli(args, folder) {
  return new Promise((resolve) => {
    const environment = { ...process.env };
    delete environment.LIBRETTO_ROOT;
    const child = spawn(process.execPath, [join(root, "dist", "cli.js"), ...args], {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("close", (status) => resolve({ status, output }));
  });
}

function comment(text) {
  console.log(`\n${dim(`# ${text}`)}`);
}

/** States a fact about the server, after looking. */
function confirm(holds, text) {
  if (!holds) throw new EnsureError(`Not so: ${text}`, "This is a defect; please report it with the transcript above.");
  console.log(dim(`  ${text}`));
}

function hasDisplay() {
  return process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** As one would type it in a shell. */
function quote(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replaceAll(/["\\$`]/g, "\\$&")}"`;
}
