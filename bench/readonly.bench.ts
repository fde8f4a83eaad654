/**
 * What `readonly-exec` costs beside a bare round trip to the session's host. Each call is timed right after a
 * `ping`, and the figures are medians of the differences: a machine that is busy slows both.
 */
import { HostClient } from "../src/sessions/ipc/client.js";
import { Workspace } from "../test/support/cli.js";
import { Site } from "../test/support/site.js";
import { median, type Figure } from "./figures.js";

const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 20);

async function time(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}

export async function run(): Promise<Figure[]> {
  await using site = await Site.start();
  const workspace = new Workspace("bench-readonly");
  // As users have it.
  delete workspace.env["LIBRETTO_SPARE_MS"];
  try {
    const first: number[] = [];
    for (let session = 0; session < Math.max(3, rounds / 4); session++) first.push(await firstCall(workspace, site));
    const { socketPath, session } = workspace.requireState(await workspace.open(site.url(), "--read-only"));
    const connect = async (): Promise<HostClient> => {
      const client = await HostClient.connect(socketPath, "bench", session);
      if (!client) throw new Error("the host does not listen");
      return client;
    };
    const kept = await connect();
    const calls: Record<string, string> = {
      "a trivial call": "return 1",
      TypeScript: "const one: number = 1; return one",
      "the title": "return await page.title()",
      "a locator": "return await page.locator('h1').textContent()",
    };
    const figures: Figure[] = [];
    for (const [what, code] of Object.entries(calls)) {
      const extra: number[] = [];
      const extraNew: number[] = [];
      for (let round = -5; round < rounds * 5; round++) {
        const ping = await time(() => kept.request("ping", {}));
        const own = await time(() => kept.request("readonly-exec", { code }));
        const pingNew = await time(() => once(connect, (client) => client.request("ping", {})));
        const ownNew = await time(() => once(connect, (client) => client.request("readonly-exec", { code })));
        if (round < 0) continue;
        extra.push(own - ping);
        extraNew.push(ownNew - pingNew);
      }
      figures.push({
        what: `${what}, through a kept connection, beyond a ping`,
        measured: median(extra),
        unit: "ms",
        ...(what === "a trivial call" ? { budget: 1.5 } : {}),
      });
      if (what === "a trivial call")
        figures.push({
          what: `${what}, through a new connection, beyond a ping`,
          measured: median(extraNew),
          unit: "ms",
          budget: 5,
        });
    }
    kept.close();
    return [
      { what: "the first call of a session, beyond a ping", measured: median(first), unit: "ms", budget: 100 },
      ...figures,
    ];
  } finally {
    await workspace.dispose();
  }
}

async function once(connect: () => Promise<HostClient>, ask: (client: HostClient) => Promise<unknown>): Promise<void> {
  const client = await connect();
  await ask(client);
  client.close();
}

/** In a session of its own: what is started late is started by this call. */
async function firstCall(workspace: Workspace, site: Site): Promise<number> {
  const { socketPath, session } = workspace.requireState(await workspace.open(site.url(), "--read-only"));
  const client = await HostClient.connect(socketPath, "bench", session);
  if (!client) throw new Error("the host does not listen");
  // With the greeting, which is no part of the call.
  await client.request("ping", {});
  const ping = await time(() => client.request("ping", {}));
  const own = await time(() => client.request("readonly-exec", { code: "return 1" }));
  client.close();
  await workspace.ok(["close", "--session", session]);
  return own - ping;
}
