import assert from "node:assert/strict";
import { checkEndpoint, checkPageAddress } from "../../src/views/inputs/address.js";
import { AddressHistory } from "../../src/views/inputs/addressHistory.js";

const t = (message: string): string => message;
const page = (typed: string): string | undefined => {
  const checked = checkPageAddress(typed, process.cwd(), t);
  return "url" in checked ? checked.url : undefined;
};
const endpoint = (typed: string): string | undefined => {
  const checked = checkEndpoint(typed, t);
  return "url" in checked ? checked.url : undefined;
};

describe("V2: an address is checked as it is typed", () => {
  it("and completed", () => {
    assert.equal(page("example.com"), "https://example.com/");
    assert.equal(page("localhost:3000/a"), "http://localhost:3000/a");
    assert.equal(page(" https://example.com/x "), "https://example.com/x");
  });
  it("or refused with a reason", () => {
    for (const typed of ["", "no address", "javascript:alert(1)"]) assert.equal(page(typed), undefined, typed);
  });
});

describe("S17: the address of a debugging port is checked as it is typed", () => {
  it("in every form", () => {
    assert.equal(endpoint("9222"), "http://127.0.0.1:9222");
    assert.equal(endpoint("localhost:9222"), "http://localhost:9222");
    assert.equal(endpoint("ws://localhost:9222"), "ws://localhost:9222");
    for (const typed of ["chrome", "Edge", "/home/ada/profile", "C:\\Users\\ada\\profile"])
      assert.equal(endpoint(typed), typed);
    assert.equal(endpoint("wss://host/devtools/browser/x"), "wss://host/devtools/browser/x");
  });
  it("or refused with a reason", () => {
    for (const typed of ["", "ftp://localhost:21", "http://"]) assert.equal(endpoint(typed), undefined, typed);
  });
});

describe("V2: addresses that were opened are offered again", () => {
  const historyOf = async (...opened: string[]): Promise<string[]> => {
    const kept = new Map<string, unknown>();
    const history = new AddressHistory({
      keys: () => [...kept.keys()],
      get: <T>(key: string, otherwise?: T) => (kept.get(key) ?? otherwise) as T,
      update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)),
    });
    for (const address of opened) await history.add(address);
    return history.all();
  };
  it("the last one first, each once", async () =>
    assert.deepEqual(await historyOf("https://a.test/", "https://b.test/?page=2", "https://a.test/"), [
      "https://a.test/",
      "https://b.test/?page=2",
    ]));
  it("without passwords, and none that holds a token", async () => {
    assert.deepEqual(
      await historyOf(
        "https://ada:correct-horse@a.test/",
        "https://a.test/?access_token=abcdef0123456789",
        "http://localhost:8888/lab#token=abcdef0123456789",
      ),
      ["https://a.test/"],
    );
  });
});
