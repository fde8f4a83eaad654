import assert from "node:assert/strict";
import { toUrl } from "../../src/sessions/model/address.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";

describe("open: the address as a person types it", () => {
  for (const [typed, url] of [
    ["https://example.com", "https://example.com/"],
    ["example.com", "https://example.com/"],
    ["example.com:8443/a?b#c", "https://example.com:8443/a?b#c"],
    ["localhost:3000", "http://localhost:3000/"],
    ["127.0.0.1:80/x", "http://127.0.0.1/x"],
    ["[::1]:99", "http://[::1]:99/"],
    ["app.localhost:1", "http://app.localhost:1/"],
    ["about:blank", "about:blank"],
    ["data:text/html,<p>x", "data:text/html,<p>x"],
    [" https://example.com ", "https://example.com/"],
    ["bücher.example/straße", "https://xn--bcher-kva.example/stra%C3%9Fe"],
    ["例え.テスト:8443", "https://xn--r8jz45g.xn--zckzah:8443/"],
  ] as const) {
    it(`${typed} is ${url}`, () => assert.equal(toUrl(typed, "/"), url));
  }

  for (const typed of ["", "hello", "javascript:alert(1)", "ftp://example.com", "http://", "a b.com", "mailto:a@b.c"]) {
    it(`${JSON.stringify(typed)} is refused`, () =>
      assert.throws(
        () => toUrl(typed, "/"),
        (error) => error instanceof LibrettoError && error.exitStatus === 2,
      ));
  }
});
