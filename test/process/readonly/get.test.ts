import assert from "node:assert/strict";
import { type Ended, type ExecutorRunner, type Stage, useExecutor } from "./stage.js";

function data(ended: Ended): unknown {
  assert.ok(ended.ok, JSON.stringify(ended));
  return JSON.parse(ended.text) as unknown;
}

interface Echo {
  headers: Record<string, string>;
  method: string;
  body: string;
}

describe("S13: get(url) reads the network and keeps nothing", () => {
  let stage: Stage;
  let runner: ExecutorRunner;

  useExecutor((...made) => ([stage, runner] = made), "/cookie?name=flavour&value=van%C3%AFlla&httponly");
  const cookies = async (): Promise<string[]> =>
    (
      await stage.witness.send<{ cookies: { name: string; value: string; domain: string }[] }>("Storage.getCookies")
    ).cookies.map(({ name, value, domain }) => `${domain} ${name}=${value}`);

  it("the browser's cookies go to their own site, HttpOnly ones too", async () => {
    const { headers } = data(await runner.run(`return await (await get('${stage.site.url("/echo")}')).json()`)) as Echo;
    assert.match(headers["cookie"] ?? "", /^flavour=/);
  });

  it("those of a partition do not, though the page has them", async () => {
    const session = await stage.witness.sessionOf("");
    await stage.witness.send(
      "Network.setCookie",
      {
        name: "parted",
        value: "yes",
        url: stage.site.url("/"),
        secure: true,
        sameSite: "None",
        partitionKey: {
          topLevelSite: new URL(stage.site.url("/")).origin.replace(/:\d+$/, ""),
          hasCrossSiteAncestor: false,
        },
      },
      session,
    );
    const { cookies: own } = await stage.witness.send<{ cookies: { name: string }[] }>(
      "Network.getCookies",
      { urls: [stage.site.url("/")] },
      session,
    );
    assert.ok(
      own.some(({ name }) => name === "parted"),
      JSON.stringify(own),
    );
    const { headers } = data(await runner.run(`return await (await get('${stage.site.url("/echo")}')).json()`)) as Echo;
    assert.match(headers["cookie"] ?? "", /^flavour=/);
    assert.doesNotMatch(headers["cookie"] ?? "", /parted/);
    // Where there is no other, there is no header.
    await stage.witness.send("Network.deleteCookies", { name: "flavour", url: stage.site.url("/") }, session);
    const bare = data(await runner.run(`return await (await get('${stage.site.url("/echo")}')).json()`)) as Echo;
    assert.ok(!("cookie" in bare.headers), JSON.stringify(bare.headers));
  });

  it("they go to no other site, also not by a redirect", async () => {
    const direct = data(
      await runner.run(`return await (await get('${stage.site.otherSiteUrl("/echo")}')).json()`),
    ) as Echo;
    assert.equal(direct.headers["cookie"], undefined);
    const redirected = data(
      await runner.run(
        `return await (await get('${stage.site.url(`/redirect/1?to=${encodeURIComponent(stage.site.otherSiteUrl("/echo"))}`)}', { headers: { authorization: 'Bearer secret', accept: 'application/json' } })).json()`,
      ),
    ) as Echo;
    assert.deepEqual(
      [redirected.headers["cookie"], redirected.headers["authorization"], redirected.headers["accept"]],
      [undefined, undefined, "application/json"],
    );
  });

  it("a cookie without a name goes as the browser sends it", async () => {
    await stage.witness.evaluate("document.cookie = 'bare'");
    const code = `return await (await get('${stage.site.url("/echo")}')).json()`;
    const { headers } = data(await runner.run(code)) as Echo;
    const sent = await stage.witness.evaluate<Echo>("fetch('/echo').then((answer) => answer.json())");
    assert.ok(sent.headers["cookie"]?.split("; ").includes("bare"), sent.headers["cookie"]);
    assert.ok(headers["cookie"]?.split("; ").includes("bare"), headers["cookie"]);
    await stage.witness.evaluate("document.cookie = 'bare; max-age=0'");
  });

  it("a cookie that an answer sets reaches neither the browser nor the next request", async () => {
    const before = await cookies();
    const { headers } = data(
      await runner.run(
        `await get('${stage.site.url("/cookie?name=left&value=behind")}'); return await (await get('${stage.site.url("/echo")}')).json()`,
      ),
    ) as Echo;
    assert.doesNotMatch(headers["cookie"] ?? "", /left/);
    assert.deepEqual(await cookies(), before);
  });

  it("what it sends is a GET without a body, with the browser's own name", async () => {
    const { headers, method, body } = data(
      await runner.run(`return await (await get('${stage.site.url("/echo")}')).json()`),
    ) as Echo;
    assert.deepEqual([method, body, headers["content-length"]], ["GET", "", undefined]);
    assert.equal(headers["user-agent"], await stage.witness.evaluate("navigator.userAgent"));
  });

  it("the answer offers status, ok, headers, url, text() and json()", async () => {
    const seen = data(
      await runner.run(
        `const r = await get('${stage.site.url("/redirect/1?to=/json")}'); return { status: r.status, ok: r.ok, url: r.url, type: r.headers['content-type'], text: (await r.text()).length > 0, total: (await r.json()).total }`,
      ),
    );
    assert.deepEqual(seen, {
      status: 200,
      ok: true,
      url: stage.site.url("/json"),
      type: "application/json",
      text: true,
      total: 3,
    });
  });

  it("an answer that is none is told of at once, and a path without a site with what makes an address of it", async () => {
    const switching = await runner.run(`await get('${stage.site.url("/switching")}')`);
    assert.ok(!switching.ok);
    assert.match(switching.message, /the connection ended before an answer came/);
    const relative = await runner.run("await get('/json')");
    assert.ok(!relative.ok);
    assert.match(relative.message, /"\/json" is not an absolute address; new URL\(…, page\.url\(\)\)\.href/);
  });

  it("a timeout of its own", async () => {
    const ended = await runner.run(`await get('${stage.site.url("/never")}', { timeout: 150 })`);
    assert.ok(!ended.ok);
    assert.match(ended.message, /TimeoutError: get .*: no answer within 150 ms/);
  });
});
