import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Profile } from "../../src/sessions/store/profiles.js";
import { startBrowser, Witness } from "../support/browser.js";
import { jsonFailureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { browsersWithProfile, waitUntilEnded } from "../support/processTable.js";

/** Fills a database, in a page, with what JSON cannot hold. */
const fillDatabase = `await page.evaluate(() => new Promise((resolve, reject) => {
  localStorage.setItem("token", "t-" + location.hostname);
  const open = indexedDB.open("auth", 3);
  open.onerror = () => reject(open.error);
  open.onupgradeneeded = () => {
    const people = open.result.createObjectStore("people", { keyPath: "id" });
    people.createIndex("byName", "name", { unique: true });
    people.createIndex("byTag", "tags", { multiEntry: true });
    open.result.createObjectStore("keys", { autoIncrement: true });
  };
  open.onsuccess = () => {
    const work = open.result.transaction(["people", "keys"], "readwrite");
    work.objectStore("people").put({ id: 1, name: "ada", tags: ["first", "second"], since: new Date(0), roles: new Map([["admin", new Set([1])]]), none: null, odd: undefined, big: 2n ** 70n });
    work.objectStore("keys").put(new Uint8Array([1, 2, 255]), "raw");
    work.oncomplete = () => { open.result.close(); resolve(undefined); };
  };
}))`;

/** Reads it again, through a second connection to the browser. */
const readDatabase = `new Promise((resolve, reject) => {
  const open = indexedDB.open("auth");
  open.onerror = () => reject(open.error);
  open.onsuccess = () => {
    const work = open.result.transaction(["people", "keys"]);
    const [byName, byTag] = ["byName", "byTag"].map((name) => work.objectStore("people").index(name));
    const ada = byName.get("ada");
    const tagged = byTag.count("second");
    const raw = work.objectStore("keys").get("raw");
    work.oncomplete = () => {
      const { since, roles, none, odd, big } = ada.result;
      open.result.close();
      resolve([open.result.version, since instanceof Date && since.getTime(), roles.get("admin").has(1), none, odd === undefined, String(big), [...raw.result].join(), byName.unique, byTag.unique, tagged.result].join(" "));
    };
  };
})`;

/** Puts one record of each kind that is hard to write into a database. */
const fillWithEverything = `(async () => {
  localStorage.setItem("length", "its own");
  const circle = { name: "root" };
  circle.parent = circle;
  const buffer = new ArrayBuffer(8);
  const make = (extractable) => crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, extractable, ["sign"]);
  const sparse = [];
  sparse[2] = 1;
  const all = {
    circle, invalid: new Date(NaN), length: { length: 3, 0: "a" }, zero: -0,
    blob: new Blob(["blob"], { type: "text/plain" }), file: new File(["file"], "f.txt", { lastModified: 5 }),
    view: new DataView(new Uint8Array([0, 7]).buffer, 1), image: new ImageData(new Uint8ClampedArray([255, 0, 0, 1, 0, 0, 0, 0]), 2, 1),
    key: await make(true), locked: await make(false), shared: [new Uint8Array(buffer), new Uint16Array(buffer)],
    sparse, boxed: Object(5), error: new TypeError("bad"), proto: JSON.parse('{"__proto__":"own"}'),
  };
  await new Promise((resolve, reject) => {
    const open = indexedDB.open("every", 1);
    open.onupgradeneeded = () => open.result.createObjectStore("all");
    open.onsuccess = () => {
      const work = open.result.transaction("all", "readwrite");
      for (const [key, value] of Object.entries(all)) work.objectStore("all").put(value, key);
      let nest = [];
      for (let depth = 0; depth < 500; depth++) nest = [nest];
      work.objectStore("all").put(nest, "deep");
      work.oncomplete = () => { open.result.close(); resolve(); };
      work.onabort = () => reject(work.error);
    };
  });
})()`;
const readEverything = `(async () => {
  const records = await new Promise((resolve) => {
    const open = indexedDB.open("every");
    open.onsuccess = () => {
      const store = open.result.transaction("all").objectStore("all");
      const keys = store.getAllKeys();
      const values = store.getAll();
      values.onsuccess = () => resolve(Object.fromEntries(keys.result.map((key, index) => [key, values.result[index]])));
    };
  });
  const r = records;
  let deep = 0;
  for (let at = r.deep; at.length > 0; at = at[0]) deep++;
  return JSON.stringify({
    item: localStorage.getItem("length"), circle: r.circle.parent === r.circle, deep, invalid: Number.isNaN(r.invalid.getTime()), length: JSON.stringify({ length: r.length.length, 0: r.length[0] }).replace(/(.*)("0":"a"),("length":3)(.*)/, "$1$3,$2$4"),
    zero: Object.is(r.zero, -0), blob: (await r.blob.text()) + " " + r.blob.type, file: r.file.name + " " + (await r.file.text()) + " " + r.file.lastModified,
    view: r.view.getUint8(0), image: r.image.width + "x" + r.image.height + " " + r.image.data[0], key: r.key.algorithm.name + " " + r.key.extractable,
    shared: r.shared[0].buffer === r.shared[1].buffer, sparse: r.sparse.length + " " + (0 in r.sparse), boxed: typeof r.boxed + " " + r.boxed.valueOf(),
    error: r.error.constructor.name + " " + r.error.message, proto: Object.getOwnPropertyDescriptor(r.proto, "__proto__").value,
  });
})()`;

describe("S18: saved logins", () => {
  const given = useFixtures("login", "each");
  const shop = (path: string): string => `http://app.shop.localhost:${given.site.port}${path}`;
  const profile = (name: string): Profile =>
    JSON.parse(readFileSync(join(given.workspace.librettoFolder, "profiles", `${name}.json`), "utf8")) as Profile;

  it("cookies of every kind, localStorage and IndexedDB come back in a new session, also of a site that was left before a new host came", async () => {
    const { workspace, site } = given;
    await workspace.open(shop("/cookie?httponly&name=sid&value=1"), "--session", "login");
    await workspace.ok([
      "exec",
      "--session",
      "login",
      `await context.addCookies([{ name: "everywhere", value: "2", domain: ".shop.localhost", path: "/", expires: Date.now() / 1000 + 3600 }, { name: "sibling", value: "3", domain: "other.shop.localhost", path: "/" }, { name: "parent-only", value: "4", domain: "shop.localhost", path: "/" }]); ${fillDatabase}; await page.goto(${JSON.stringify(site.url("/form"))})`,
    ]);
    const { hostPid } = workspace.requireState("login");
    process.kill(hostPid, "SIGKILL");
    await waitUntilEnded(hostPid);

    const saved = await workspace.json<{ cookies: number; origins: string[] }>([
      "save",
      "shop",
      "--session",
      "login",
      "--sites",
      "app.shop.localhost",
    ]);
    assert.deepEqual(
      profile("shop")
        .storageState.cookies.map(({ name }) => name)
        .sort(),
      ["everywhere", "sid"],
    );
    assert.deepEqual([saved.cookies, saved.origins], [2, [shop("")]]);
    assert.equal((await workspace.json<{ pages: unknown[] }>(["pages", "--session", "login"])).pages.length, 1);
    await workspace.ok(["close", "--session", "login"]);

    site.forget();
    const session = await workspace.open(shop("/echo"), "--auth-profile", "shop");
    assert.deepEqual(
      site.requests.map(({ path }) => path).filter((path) => path !== "/favicon.ico"),
      ["/echo"],
      "the site hears of nothing else",
    );
    assert.deepEqual(site.requests[0]?.headers.cookie?.split("; ").sort(), ["everywhere=2", "sid=1"]);
    const witness = await given.witness(session);
    assert.equal(await witness.evaluate("localStorage.token", "/echo"), "t-app.shop.localhost");
    assert.equal(
      await witness.evaluate(readDatabase, "/echo"),
      "3 0 true  true 1180591620717411303424 1,2,255 true false 1",
    );
  });

  it("what JSON does not hold comes back; a record that cannot be written is left out and named, and costs nothing else", async () => {
    const { workspace } = given;
    await workspace.open(shop("/cookie?name=sid&value=1"), "--session", "login");
    await workspace.ok(["exec", "--session", "login", `await page.evaluate(${JSON.stringify(fillWithEverything)})`]);
    const saved = await workspace.json<{ cookies: number; leftOut: string[] }>([
      ...["save", "shop", "--session", "login", "--sites", "app.shop.localhost"],
    ]);
    assert.equal(saved.cookies, 1);
    assert.equal(saved.leftOut.length, 1);
    assert.match(
      saved.leftOut[0] ?? "",
      /app\.shop\.localhost.*record "locked" of "all" in the database "every".*CryptoKey/,
    );
    await workspace.ok(["close", "--session", "login"]);
    const session = await workspace.open(shop("/echo"), "--auth-profile", "shop");
    const witness = await given.witness(session);
    assert.deepEqual(JSON.parse(await witness.evaluate<string>(readEverything, "/echo")), {
      item: "its own",
      circle: true,
      deep: 500,
      invalid: true,
      length: '{"length":3,"0":"a"}',
      zero: true,
      blob: "blob text/plain",
      file: "f.txt file 5",
      view: 7,
      image: "2x1 255",
      key: "HMAC true",
      shared: true,
      sparse: "3 false",
      boxed: "object 5",
      error: "TypeError bad",
      proto: "own",
    });
  });

  it("cookies and storage are taken from the browser context of the page that is meant, and the page from none", async () => {
    const { workspace, site } = given;
    const host = new URL(site.url()).hostname;
    await workspace.open(site.url("/cookie?name=mine&value=1"), "--session", "contexts");
    const session = ["--session", "contexts"];
    await workspace.ok([
      "exec",
      `await page.evaluate(() => localStorage.setItem("of", "mine"));
       const other = await (await browser.newContext()).newPage();
       await other.goto(${JSON.stringify(site.url("/cookie?name=other&value=2"))});
       await other.evaluate(() => localStorage.setItem("of", "other"));`,
      ...session,
    ]);
    const { pages } = await workspace.json<{ pages: { id: string; url: string; active: boolean }[] }>([
      "pages",
      ...session,
    ]);
    const kept = async (...page: string[]): Promise<[string[], string]> => {
      const { path } = await workspace.json<{ path: string }>(["save", "kept", "--sites", host, ...session, ...page]);
      const { storageState } = JSON.parse(readFileSync(path, "utf8")) as Profile;
      return [storageState.cookies.map(({ name }) => name), JSON.stringify(storageState.origins)];
    };
    for (const { id, url } of pages) {
      const own = url.includes("mine") ? "mine" : "other";
      const [cookies, storage] = await kept("--page", id);
      assert.deepEqual(cookies, [own]);
      assert.match(storage, new RegExp(`"${own}"`));
    }
    const active = pages.find((page) => page.active)?.url.includes("mine") === true ? "mine" : "other";
    assert.deepEqual((await kept())[0], [active]);
    assert.equal((await workspace.json<{ pages: unknown[] }>(["pages", ...session])).pages.length, 2);
    await workspace.ok(["close", ...session]);
  });

  it("each cookie of a browser context that code made is saved with all that it has", async () => {
    const { workspace, site } = given;
    const session = ["--session", "whole"];
    const lasts = Math.floor(Date.now() / 1000) + 3_600;
    const cookie = (name: string, of: object): object => ({
      ...{ name, value: `of ${name}`, domain: "app.shop.localhost", path: "/", expires: -1 },
      ...{ httpOnly: false, secure: false, sameSite: "Lax", ...of },
    });
    const cookies = [
      cookie("lasting", { expires: lasts, path: "/echo" }),
      cookie("lax", { domain: ".shop.localhost" }),
      cookie("none", { sameSite: "None", secure: true }),
      cookie("parted", { sameSite: "None", secure: true, partitionKey: "https://other.localhost" }),
      cookie("strict", { sameSite: "Strict", httpOnly: true }),
    ];
    await workspace.open(site.url(), ...session);
    // The last one comes from the site, without a word of sameSite.
    await workspace.ok([
      "exec",
      `const made = await browser.newContext();
       await made.addCookies(${JSON.stringify(cookies)});
       await (await made.newPage()).goto(${JSON.stringify(shop("/cookie?name=unsaid&value=1"))});`,
      ...session,
    ]);
    const { pages } = await workspace.json<{ pages: { id: string; url: string }[] }>(["pages", ...session]);
    const { id } = pages.find(({ url }) => url.includes("unsaid")) ?? assert.fail("no such page");
    await workspace.ok(["save", "whole", "--sites", "app.shop.localhost", "--page", id, ...session]);
    assert.deepEqual(
      profile("whole").storageState.cookies.sort((a, b) => a.name.localeCompare(b.name)),
      [...cookies, cookie("unsaid", { value: "1" })],
    );
  });

  it("what the open page and a frame in it keep is saved, though nobody has asked for it before", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/frames"), "--session", "login");
    const witness = await given.witness("login");
    await witness.evaluate("localStorage.setItem('open', 'yes')", "/frames");
    const { origins } = await workspace.json<{ origins: string[] }>([
      "save",
      "frames",
      "--session",
      "login",
      "--sites",
      "127.0.0.1,localhost",
    ]);
    assert.deepEqual(origins, [site.url("")]);
    assert.deepEqual(profile("frames").storageState.origins, [
      { origin: site.url(""), localStorage: [{ name: "open", value: "yes" }], indexedDB: [] },
    ]);
  });

  it("a login that is loaded into somebody's own browser leaves what it keeps of other sites", async () => {
    const { workspace, site } = given;
    const remote = await startBrowser(site.url("/cookie?name=mine&value=kept"));
    try {
      using witness = await Witness.connect(remote.endpoint);
      await witness.until("location.protocol === 'http:' && document.cookie === 'mine=kept'", "/cookie");
      await witness.evaluate("localStorage.setItem('mine', 'kept')", "/cookie");
      await workspace.open(shop("/cookie?name=sid&value=1"), "--session", "login");
      await workspace.ok(["save", "shop", "--session", "login", "--sites", "shop.localhost"]);
      workspace.write(
        "flow.ts",
        `import { workflow } from "libretto"; export default workflow("there", { authProfile: "shop" }, async ({ context }) => { const page = await context.newPage(); await page.goto(${JSON.stringify(shop("/form"))}); return page.evaluate(() => document.cookie); });`,
      );
      assert.equal(
        await workspace.ok(["run", "flow.ts", "--cdp", `http://127.0.0.1:${remote.port}`, "--session", "there"]),
        "sid=1",
      );
      assert.deepEqual(
        workspace.log<{ action: string }>("there", "actions").map(({ action }) => action),
        ["newPage", "goto", "evaluate"],
        "loading it is no action of the workflow's, nor of a person",
      );
      assert.deepEqual(
        await witness.evaluate("[document.cookie, localStorage.mine].join()", "/cookie"),
        "mine=kept,kept",
      );
    } finally {
      await remote.close();
    }
  });

  it("one that is not named is loaded where the session's mode was chosen, in whichever way, and else it is said that it is not", async () => {
    const { workspace, site } = given;
    const cookie = { name: "sid", value: "mine", domain: "app.shop.localhost", path: "/", expires: -1 };
    workspace.write("shop.json", JSON.stringify({ cookies: [cookie], origins: [] }));
    await workspace.ok(["profiles", "import", "shop.json"]);
    const open = async (...flags: string[]): Promise<[cookie: string | undefined, told: string]> => {
      site.forget();
      const opened = await workspace.cli(["open", shop("/echo"), "--headless", "--session", "s", ...flags]);
      assert.equal(opened.status, 0, opened.stderr);
      await workspace.ok(["close", "s"]);
      return [site.requests.find(({ path }) => path === "/echo")?.headers.cookie, opened.stderr];
    };
    const [none, told] = await open();
    assert.equal(none, undefined);
    assert.match(told, /"shop" is not loaded, since the session's mode was not chosen: add --read-only or/);
    for (const flag of ["--read-only", "--locked"]) {
      const [sent, said] = await open(flag);
      assert.deepEqual([sent, /not loaded/.test(said)], ["sid=mine", false], flag);
    }
    workspace.writeConfig({ version: 1, sessionMode: "read-only" });
    assert.equal((await open())[0], "sid=mine");
  });

  it("what has expired is left out; a profile that cannot be used is named before anything is opened or leaves nothing open", async () => {
    const { workspace } = given;
    await workspace.open(shop("/cookie?name=sid&value=1"), "--session", "login");
    const { path } = await workspace.json<{ path: string }>([
      "save",
      "shop",
      "--session",
      "login",
      "--sites",
      "shop.localhost",
    ]);
    await workspace.ok(["close", "--session", "login"]);
    const good = profile("shop");
    const [cookie] = good.storageState.cookies;
    assert.ok(cookie);
    const rewrite = (cookies: unknown[], version = 1): void =>
      writeFileSync(path, JSON.stringify({ ...good, version, storageState: { cookies, origins: [] } }));
    workspace.write(
      "flow.ts",
      `import { workflow } from "libretto"; export default workflow("there", { authProfile: "shop", startUrl: ${JSON.stringify(shop("/form"))} }, ({ page }) => page.evaluate(() => document.cookie));`,
    );
    rewrite([
      cookie,
      { ...cookie, name: "old", expires: 1_000 },
      { ...cookie, name: "foreign", domain: "bank.localhost" },
    ]);
    assert.equal(await workspace.ok(["run", "flow.ts", "--headless"]), "sid=1");
    // A login that nobody named goes only into a session whose mode somebody chose, and only to its sites.
    const unchosen = await workspace.cli(["open", shop("/form"), "--session", "unchosen", "--headless"]);
    assert.match(unchosen.stderr, /warning: The saved login "shop" is not loaded/);
    await workspace.open(shop("/form"), "--session", "chosen", "--read-only");
    const kept = async (session: string): Promise<string[]> => {
      const witness = await given.witness(session);
      const { cookies } = await witness.send<{ cookies: { name: string }[] }>("Storage.getCookies");
      return cookies.map(({ name }) => name);
    };
    assert.deepEqual([await kept("unchosen"), await kept("chosen")], [[], ["sid"]]);
    await workspace.ok(["close", "--all"]);

    const broken: [write: () => void, message: RegExp][] = [
      [() => writeFileSync(path, "{"), /"shop" cannot be read/],
      [() => rewrite([cookie], 2), /"shop" cannot be read: it is not of version 1/],
      [() => rewrite([{ name: "sid" }]), /"shop" could not be restored into the browser: .*Cookie/],
    ];
    for (const [write, message] of broken) {
      write();
      for (const args of [
        ["run", "flow.ts", "--session", "w"],
        ["open", shop("/form"), "--auth-profile", "shop", "--session", "w"],
      ]) {
        const error = jsonFailureOf(await workspace.cli([...args, "--headless", "--json"]));
        assert.match(error.message, message);
        assert.match(error.hint, /profiles delete shop/);
        assert.equal(workspace.state("w"), undefined);
      }
    }
    assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
  });
});
