import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  belongsTo,
  deleteProfile,
  isSentTo,
  listProfiles,
  parseSites,
  profileForUrl,
  readProfile,
  writeProfile,
} from "../../src/sessions/store/profiles.js";

describe("saved logins", () => {
  let folder: string;
  const env = (): { XDG_STATE_HOME: string } => ({ XDG_STATE_HOME: join(folder, "state") });
  const write = (name: string, sites: string[], savedAt: string): string =>
    writeProfile(folder, { name, savedAt, sites, storageState: { cookies: [], origins: [] } }, env());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "profiles-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("sites are host names, however they are typed", () => {
    assert.deepEqual(parseSites("https://Shop.example.com/login?x, .example.org *.a.b  localhost:8080 127.0.0.1"), [
      "shop.example.com",
      "example.org",
      "a.b",
      "localhost",
      "127.0.0.1",
    ]);
    for (const wrong of ["", " , ", "a..b", "-a.com", "a;b.com"])
      assert.throws(() => parseSites(wrong), /site|host name/);
  });

  it("subdomains belong to a site, and nothing that only ends alike", () => {
    assert.ok(belongsTo("example.com", "example.com") && belongsTo(".login.example.com", "example.com"));
    assert.ok(!belongsTo("badexample.com", "example.com") && !belongsTo("example.com", "login.example.com"));
  });

  it("a cookie for a whole domain is part of the login of a site below it, one of the parent's alone is not", () => {
    assert.ok(
      isSentTo(".example.com", "login.example.com") &&
        isSentTo("login.example.com", "login.example.com") &&
        isSentTo("login.example.com", "example.com"),
    );
    assert.ok(
      !isSentTo("example.com", "login.example.com") &&
        !isSentTo(".ample.com", "example.com") &&
        !isSentTo(".other.example.com", "login.example.com"),
    );
  });

  it("the newest login of an address's site is found, and none for another", () => {
    write("old", ["example.com"], "2026-01-01T00:00:00.000Z");
    write("new", ["example.com", "other.org"], "2026-02-01T00:00:00.000Z");
    assert.equal(profileForUrl(folder, "https://www.example.com/account", env())?.name, "new");
    for (const url of ["https://example.net/", "file:///example.com", "about:blank", "no address"])
      assert.equal(profileForUrl(folder, url, env()), undefined);
  });

  it("a login that was not saved here by this user, or was put in place of one, is found as another's", () => {
    const found = (): unknown => profileForUrl(folder, "https://example.com/", env());
    const path = write("mine", ["example.com"], "2026-01-01T00:00:00.000Z");
    assert.deepEqual(found(), { name: "mine", isOwn: true });
    const text = readFileSync(path, "utf8");
    writeFileSync(join(folder, "theirs.json"), text.replace("mine", "theirs").replace("2026-01", "2026-02"));
    assert.deepEqual(found(), { name: "mine", isOwn: true }, "one's own goes before a newer one of somebody else");
    // As `git checkout` does with a file that it ignores.
    rmSync(path);
    writeFileSync(path, text);
    assert.deepEqual(found(), { name: "theirs", isOwn: false });
  });

  it("files are for the user alone; a broken one is named and does not hide the others", () => {
    const path = write("good", ["a.com"], "2026-01-01T00:00:00.000Z");
    if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o077, 0);
    writeFileSync(join(folder, "bad.json"), "{");
    assert.deepEqual(
      listProfiles(folder).map(({ name, problem }) => [name, problem?.slice(0, 36)]),
      [
        ["bad", 'The saved login "bad" cannot be read'],
        ["good", undefined],
      ],
    );
    assert.throws(() => readProfile(folder, "bad"), /"bad" cannot be read/);
    assert.throws(() => readProfile(folder, "none"), /no saved login "none"/);
    for (const name of ["../good", "", ".hidden", "a/b"]) assert.throws(() => readProfile(folder, name), /is no name/);
    assert.equal(deleteProfile(folder, "good", env()), true);
    assert.equal(deleteProfile(folder, "good", env()), false);
  });
});
