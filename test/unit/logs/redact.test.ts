import assert from "node:assert/strict";
import { isMasked, mask } from "../../../src/sessions/logs/mask.js";
import { Redactor } from "../../../src/sessions/logs/redact.js";
import type { ActionRow, LogRow, NetworkRow, WebSocketMessage } from "../../../src/sessions/logs/rows.js";
import { digitsOf, formsOf, wellFormed } from "../../../src/sessions/logs/secretForms.js";

const secret = "S3cr3tValue9x";
const redactor = new Redactor();

/** A repeatable random number generator (mulberry32), so that a failure can be seen again. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Ways to write a text down that a page has at hand. */
const encodings: Record<string, (text: string) => string> = {
  percent: encodeURIComponent,
  "percent, each byte": (text) => [...Buffer.from(text)].map((byte) => `%${hex(byte, 2)}`).join(""),
  "\\u": (text) => units(text, (unit) => `\\u${hex(unit, 4)}`),
  "some \\u": (text) =>
    units(text, (unit, index) =>
      index % 2 === 0 || unit === 0x5c || unit >= 0xd800 ? `\\u${hex(unit, 4)}` : String.fromCharCode(unit),
    ),
  "\\u{}": (text) => units(text, (unit) => `\\u{${hex(unit, 1)}}`),
  "\\x": (text) => units(text, (unit) => (unit < 256 ? `\\x${hex(unit, 2)}` : `\\u${hex(unit, 4)}`)),
  JSON: JSON.stringify,
  "decimal entities": (text) => [...text].map((character) => `&#${character.codePointAt(0)};`).join(""),
  "hexadecimal entities": (text) =>
    [...text].map((character) => `&#x${hex(character.codePointAt(0) ?? 0, 1)};`).join(""),
  "named entities": (text) => text.replace(/[&<>"'?/\u00e4]/g, (sign) => `&${entities[sign]};`),
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
  HEX: (text) => Buffer.from(text).toString("hex").toUpperCase(),
};
const entities: Record<string, string> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
  "?": "quest",
  "/": "sol",
  "\u00e4": "auml",
};

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}

function units(text: string, form: (unit: number, index: number) => string): string {
  return Array.from({ length: text.length }, (_, index) => form(text.charCodeAt(index), index)).join("");
}

describe("Redactor", () => {
  describe("headers", () => {
    const masked: [name: string, value: string, expected: string][] = [
      ["Authorization", `Bearer ${secret}`, `Bearer ${mask}`],
      ["authorization", secret, mask],
      ["Proxy-Authorization", "Basic dXNlcjpwYXNz", `Basic ${mask}`],
      ["Cookie", `sid=${secret}; theme=dark`, `sid=${mask}; theme=${mask}`],
      ["cookie", secret, mask],
      [
        "Set-Cookie",
        `sid=${secret}; Path=/; HttpOnly; SameSite=Lax\nother=${secret}; Secure`,
        `sid=${mask}; Path=/; HttpOnly; SameSite=Lax\nother=${mask}; Secure`,
      ],
      ["X-Api-Key", secret, mask],
      ["x-vault-token", secret, mask],
      ["X-CSRF-Token", secret, mask],
      ["Location", `/callback?access_token=${secret}&n=1`, `/callback?access_token=${mask}&n=1`],
      ["Referer", `https://u:${secret}@example.com/`, `https://${mask}@example.com/`],
      ["Sec-WebSocket-Protocol", `chat, base64url.bearer.authorization.k8s.io.${secret}`, `chat, ${mask}`],
      ["Authorization", `Bearer  ${secret}`, `Bearer ${mask}`],
      ["Authorization", "1a2b3c4d5e xyz", mask],
      ["Cookie", `a=; path=${secret}; b= ; ${secret}; ;`, `a=; path=${mask}; b= ; ${mask}; ;`],
      [
        "Set-Cookie",
        `sid=${secret};Path=/;Secure;Domain =a;Secure ; Priority=High; xpath=ab; secured; unsecure; ab;; Partitioned`,
        `sid=${mask};Path=/;Secure;Domain =a;Secure ; Priority=High; xpath=${mask}; ${mask}; ${mask}; ${mask};; Partitioned`,
      ],
      ["Set-Cookie", "a=; Max-Age=0; Expires=Thu, 01 Jan 1970", "a=; Max-Age=0; Expires=Thu, 01 Jan 1970"],
      ["My-Access-Control-Token", secret, mask],
      ["Sec-WebSocket-Protocol", "chat, auth-12,token-x", `chat, ${mask},${mask}`],
      ["Sec-WebSocket-Protocol", `${"a".repeat(40)}, ${"b".repeat(40)}`, `${"a".repeat(40)}, ${"b".repeat(40)}`],
      ["Sec-WebSocket-Protocol", `${"a".repeat(41)}, ${"b".repeat(41)}`, `${mask}, ${mask}`],
      // What the name of a parameter alone does not tell.
      ...["Location", "Content-Location", "Referer", ":path", "Origin"].map((name): [string, string, string] => [
        name,
        "/cb?code=4/0AY0e-g7abcdef12345",
        `/cb?code=${mask}`,
      ]),
      ["X-Note", `pin=${secret}; a`, `pin=${mask}; a`],
    ];
    for (const [name, value, expected] of masked) {
      it(`${name}: ${expected.replaceAll("\n", " | ")}`, () => assert.equal(redactor.header(name, value), expected));
    }
    for (const [name, value] of [
      ["Accept", "*/*"],
      ["Access-Control-Allow-Headers", "authorization"],
      ["Access-Control-Allow-Credentials", "true"],
      ["WWW-Authenticate", 'Basic realm="x"'],
      ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
      ["ETag", '"abc"'],
      ["WWW-Authenticate", 'Digest algorithm=SHA-256, realm="a b"'],
      ["Proxy-Authenticate", 'Digest algorithm=SHA-256, realm="a b"'],
      ["X-RateLimit-Auth", "25"],
      ["X-Api-Key", ""],
      ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"],
    ] as const) {
      it(`${name} stays as it is`, () => assert.equal(redactor.header(name, value), value));
    }
  });

  describe("addresses", () => {
    const cases: [url: string, expected: string][] = [
      [`https://example.com/?token=${secret}&a=1`, `https://example.com/?token=${mask}&a=1`],
      [`https://example.com/?pass%77ord=${secret}`, `https://example.com/?pass%77ord=${mask}`],
      [`https://example.com/?pass%2577ord=${secret}`, `https://example.com/?pass%2577ord=${mask}`],
      [`https://example.com/?user%5Bpassword%5D=${secret};x`, `https://example.com/?user%5Bpassword%5D=${mask}`],
      [`https://user:${secret}@example.com:8080/a?b#c`, `https://${mask}@example.com:8080/a?b#c`],
      [
        `https://example.com/cb#access_token=${secret}&expires_in=3600`,
        `https://example.com/cb#access_token=${mask}&expires_in=3600`,
      ],
      [`https://example.com/#/reset?token=${secret}`, `https://example.com/#/reset?token=${mask}`],
      [`https://example.com/a;jsessionid=${secret}?b=1`, `https://example.com/a;jsessionid=${mask}?b=1`],
      ["https://example.com/cb?code=4/0AY0e-g7abcdef12345&state=x", `https://example.com/cb?code=${mask}&state=x`],
      ["https://maps.example.com/?key=AIzaSyA1234567890", `https://maps.example.com/?key=${mask}`],
      // Letters and digits tell a key or a grant among everyday words.
      ["/?code=abcdefghijklmno1", `/?code=${mask}`],
      ["/?+KEY+=abcdefghijklmno1", `/?+KEY+=${mask}`],
      ...[
        ...["abcdefghijklmn1", "abcdefghijklmnopq", "1111222211112222", "abcdefgh+jklmno1", "!bcdefghijklmno1"],
        ...["abcdefghijklmno1!", "404a"],
      ].map((value): [string, string] => [`/?code=${value}`, `/?code=${value}`]),
      ["/?monkey=abcdefghijklmno1&keys2=abcdefghijklmno1", "/?monkey=abcdefghijklmno1&keys2=abcdefghijklmno1"],
      ["/?codec=abcdefghijklmno1&barcode=abcdefghijklmno1", "/?codec=abcdefghijklmno1&barcode=abcdefghijklmno1"],
      [`//u:${secret}@example.com/a`, `//${mask}@example.com/a`],
      [`//u@x:${secret}@example.com/a@b`, `//${mask}@example.com/a@b`],
      [`/a;page=2;pin=${secret};x/b;pin=c`, `/a;page=2;pin=${mask};x/b;pin=${mask}`],
      [`/a?pin#b?c=1&pin=${secret}`, `/a?pin#b?c=1&pin=${mask}`],
      [`/a?q=%E4+token%3D${secret}`, `/a?q=%25E4%20token%3D${mask}`],
      [`data:text/plain,pin=${secret}`, `data:text/plain,pin=${secret}`],
      ["https://example.com/?key=name&code=404&max_tokens=5", "https://example.com/?key=name&code=404&max_tokens=5"],
      [`wss://example.com/s?auth=${secret}`, `wss://example.com/s?auth=${mask}`],
      [`https://example.com/a/token=${secret}/b`, `https://example.com/a/token=${mask}/b`],
      ["https://example.com/a/page=2/b%3Dc?d", "https://example.com/a/page=2/b%3Dc?d"],
      ["about:blank", "about:blank"],
      ["https://example.com/%E4%F6?q=%zz&r", "https://example.com/%E4%F6?q=%zz&r"],
    ];
    for (const [url, expected] of cases)
      it(url.replaceAll(secret, "…"), () => assert.equal(redactor.url(url), expected));

    it("an address in an address, six times over and no deeper", () => {
      const nested = (depth: number): string =>
        `${"https://e.example/?a=".repeat(depth)}https://e.example/?token=${secret}`;
      assert.ok(!redactor.url(nested(6)).includes(secret));
      assert.equal(redactor.url(nested(7)), nested(7));
    });

    it("an address, or JSON, inside of a parameter", () => {
      const nested = `https://a.example/?next=${encodeURIComponent(`https://b.example/?token=${secret}&ok=1`)}&variables=${encodeURIComponent(JSON.stringify({ input: { password: secret } }))}`;
      const masked = redactor.url(nested);
      assert.ok(!masked.includes(secret));
      assert.ok(decodeURIComponent(masked).includes("ok=1"));
    });

    it("JSON in a step of a path, as a whole query and as a whole fragment", () => {
      const json = encodeURIComponent(JSON.stringify({ user: "bob", password: secret }));
      for (const before of ["/api/", "/?", "/#"]) {
        const masked = redactor.url(`https://example.com${before}${json}`);
        assert.deepEqual(JSON.parse(decodeURIComponent(masked.slice(`https://example.com${before}`.length))), {
          user: "bob",
          password: mask,
        });
        assert.equal(redactor.url(masked), masked, "idempotent");
      }
    });
  });

  describe("bodies", () => {
    const hidden: [title: string, body: string, type?: string][] = [
      ["JSON", JSON.stringify({ user: "bob", password: secret }), "application/json"],
      ["JSON without a content type", JSON.stringify({ a: [{ b: { accessToken: secret } }] })],
      ["JSON under text/plain", JSON.stringify({ password: secret }), "text/plain;charset=UTF-8"],
      ["a number", '{"pin": 48151623, "password":48151623}', "application/json"],
      [
        "a list and an object under a secret name",
        JSON.stringify({ tokens: [secret, { deep: secret }], credentials: { user: "u", value: secret } }),
      ],
      ["an escaped key", `{"pass\\u0077ord":"${secret}"}`],
      [
        "JSON in a string of JSON",
        JSON.stringify({ body: JSON.stringify({ inner: JSON.stringify({ password: secret }) }) }),
      ],
      ["an address in JSON", JSON.stringify({ next: `https://x.example/?token=${secret}` })],
      [
        "a name beside its value",
        JSON.stringify([
          { value: secret, name: "password" },
          { name: "email", value: "visible" },
        ]),
      ],
      [
        "header lines as a list",
        JSON.stringify({
          headers: [
            ["Authorization", `Custom ${secret}`],
            ["accept", "*/*"],
          ],
        }),
      ],
      [
        "a GraphQL variable",
        JSON.stringify({
          query: "mutation L($p: String!) { login(password: $p) { id } }",
          variables: { input: { password: secret } },
        }),
      ],
      [
        "an argument within a GraphQL query",
        JSON.stringify({ query: `mutation { login(user: "bob", password: "${secret}") { id } }` }),
      ],
      ["JSON behind a guard prefix", `)]}',\n{"token":"${secret}"}`, "application/json"],
      ["lines of JSON", `{"a":1}\n{"token":"${secret}"}\n`, "application/x-ndjson"],
      ["bare keys and single quotes", `{password: '${secret}, ${secret}', user: 'bob'}`],
      ["a form", `user=bob&password=${secret}&x=1`, "application/x-www-form-urlencoded"],
      ["a form without a content type", `user=bob&password=${secret}`],
      ["an encoded name", `pass%77ord=${secret}&user%5Btoken%5D=${secret}`, "application/x-www-form-urlencoded"],
      [
        "JSON in a form",
        `payload=${encodeURIComponent(JSON.stringify({ password: secret }))}`,
        "application/x-www-form-urlencoded",
      ],
      [
        "multipart",
        `--B\r\nContent-Disposition: form-data; name="user"\r\n\r\nbob\r\n--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n${secret}\r\nx${secret}\r\n--B--\r\n`,
        "multipart/form-data; boundary=B",
      ],
      [
        "multipart without its boundary named",
        `------W\r\nContent-Disposition: form-data; name="token"\r\n\r\n${secret}\r\n------W--\r\n`,
      ],
      [
        "JSON in multipart",
        `--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: application/json\r\n\r\n{"password":"${secret}"}\r\n--B--\r\n`,
        "multipart/form-data; boundary=B",
      ],
      ["XML", `<login><user>bob</user><ns:Password type="x">${secret}</ns:Password></login>`, "text/xml"],
      ["CDATA", `<login><password><![CDATA[${secret}]]></password></login>`, "application/xml"],
      ["an attribute of XML", `<login user="bob" password="${secret}"/>`, "text/xml"],
      [
        "an HTML input",
        `<form><input value="${secret}" type=password><input name="csrf_token" type="hidden" value='${secret}'></form>`,
        "text/html",
      ],
      ["a meta tag", `<meta name="csrf-token" content="${secret}">`, "text/html"],
      ["a script in HTML", `<script>window.config = { apiKey: "${secret}", other: 'x' }</script>`, "text/html"],
      ["plain text", `password: ${secret}\nAuthorization: Digest a ${secret}\nrun --token ${secret} now`, "text/plain"],
      ["a bearer token in text", `curl -H "Authorization: Bearer ${secret}"`, "text/plain"],
      ["a JSON web token in text", `see eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx${secret}.abc_${secret} there`, "text/plain"],
      [
        "a private key",
        `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n${secret}\n-----END RSA PRIVATE KEY-----`,
        "text/plain",
      ],
      ["escaped JSON in text", `log: {\\"password\\":\\"${secret}\\"}`, "text/plain"],
    ];
    for (const [title, body, type] of hidden) {
      it(`${title}: hidden, also where the body was cut, and twice is once`, () => {
        const masked = redactor.body(body, type);
        assert.ok(!masked.includes(secret) && !masked.includes("48151623"), masked);
        assert.ok(isMasked(masked));
        assert.equal(redactor.body(masked, type), masked, "idempotent");
        // At every place where a limit could have cut it. A few letters of a secret at the very end tell nothing.
        for (let cut = 0; cut < body.length; cut++) {
          const short = redactor.body(body.slice(0, cut), type);
          assert.ok(!short.includes(secret.slice(0, 8)), `cut at ${cut}: ${short}`);
        }
      });
    }

    for (const [title, body, type] of [
      [
        "JSON",
        '{ "user" : "bob",\n "n": [1, 2.50, 1e5, true, null], "u": "\\u00e9\\/", "password": "", "hasToken": true, "max_tokens": 5 }',
        "application/json",
      ],
      ["a form", "a=b+c&d=%20&e&password=&max_tokens=5", "application/x-www-form-urlencoded"],
      ["code", "function next(){var token=lexer.next();this.password=e.value;return pass(token)}", "text/javascript"],
      ["a style sheet", "a{color:red;content:'x'}", "text/css"],
      ["HTML", "<p>Forgot your password? Keys, tokens: none.</p><input name=email value=x>", "text/html"],
      ["text", "SyntaxError: Unexpected token: punctuation at line 5; basic authentication is off", "text/plain"],
    ] as const) {
      it(`${title} without secrets stays as it was, to the byte`, () => assert.equal(redactor.body(body, type), body));
    }

    it("masked JSON is still JSON, and what is no secret is untouched", () => {
      const body = { password: secret, pin: 4815, list: [1, { token: [secret] }], text: 'é\u2028"\\' };
      assert.deepEqual(JSON.parse(redactor.body(JSON.stringify(body, null, 2), "application/json")), {
        password: mask,
        pin: mask,
        list: [1, { token: [mask] }],
        text: body.text,
      });
    });

    it("JSON in a string of JSON, six times over and no deeper", () => {
      const nested = (depth: number): string =>
        depth === 0 ? `{"pin":"${secret}"}` : JSON.stringify({ a: nested(depth - 1) });
      assert.equal(redactor.body(nested(6)), nested(6).replace(secret, mask));
      assert.equal(redactor.body(nested(7)), nested(7));
    });

    it("multipart in multipart, seven times over and no deeper", () => {
      const nested = (depth: number): string =>
        depth === 0
          ? `pin=${secret}`
          : `--B${depth}\r\nContent-Type: multipart/mixed; boundary=B${depth - 1}\r\n\r\n${nested(depth - 1)}\r\n--B${depth}--`;
      for (const depth of [1, 2, 7])
        assert.equal(
          redactor.body(nested(depth), `multipart/mixed; boundary=B${depth}`),
          nested(depth).replace(secret, mask),
        );
      assert.equal(redactor.body(nested(8), "multipart/mixed; boundary=B8"), nested(8));
    });

    describe("multipart, to the byte", () => {
      const part = (head: string, content: string): string => `--Wxy\r\n${head}\r\n\r\n${content}\r\n`;
      const field = (name: string): string => `Content-Disposition: form-data; ${name}`;
      const typed = "multipart/form-data; boundary=Wxy";
      const parts: [head: string, content: string, expected: string][] = [
        [field('name="user"'), "bob\r\n", "bob\r\n"],
        [field('name="pin"'), `a\r\n--b\n${secret}`, mask],
        [field("name=pin"), secret, mask],
        [field("name=user; x=pin"), "bob", "bob"],
        [field('name="pin"'), "", ""],
        [field('name="user;pin"'), secret, mask],
        [field('name="user\\"; pin"'), secret, mask],
        [field('name="pass+word"'), secret, mask],
        [field('name="a"; filename="pin.txt"'), "bob", "bob"],
        [field('filename="pin.txt"; name="pin"'), secret, mask],
        [field("name*=utf-8''cookie"), secret, mask],
        [field("name*=UTF-8''p%69n"), secret, mask],
        ["Content-Type: text/plain", "bob, pin: 12", `bob, pin: ${mask}`],
        [`${field('name="a"')}\r\nContent-Type: text/javascript`, "pin = e.value, a", "pin = e.value, a"],
        [`${field('name="a"')}\r\ncontent-type:text/css`, "pin = e.value, a", "pin = e.value, a"],
        [field('name="a"'), "pin = e.value, a", `pin = ${mask}, a`],
      ];
      for (const [head, content, expected] of parts)
        it(`${head.replaceAll("\r\n", " | ")}: ${expected}`, () => {
          const around = (inner: string): string =>
            `${part(field('name="first"'), "1")}${part(head, inner)}${part(field('name="last"'), "2")}--Wxy--\r\n`;
          assert.equal(redactor.body(around(content), typed), around(expected));
          const unix = (text: string): string => text.replaceAll("\r\n", "\n");
          assert.equal(redactor.body(unix(around(content)), typed), unix(around(expected)));
          assert.equal(redactor.body(unix(around(content))), unix(around(expected)), "without a type");
        });

      const secretPart = part(field('name="pin"'), secret);
      const maskedPart = part(field('name="pin"'), mask);
      for (const type of [
        "multipart/form-data; boundary=Wxy",
        'multipart/form-data; boundary="Wxy"',
        "Multipart/Mixed; Boundary=Wxy; charset=utf-8",
        'multipart/mixed; boundary="Wxy"; charset=utf-8',
      ])
        it(`with words before its parts: ${type}`, () =>
          assert.equal(redactor.body(`words\r\n${secretPart}--Wxy--`, type), `words\r\n${maskedPart}--Wxy--`));

      it("without a boundary, after an empty line", () =>
        assert.equal(redactor.body(`\r\n${secretPart}--Wxy--`, "multipart/mixed"), `\r\n${maskedPart}--Wxy--`));

      it("a value that holds a part of the boundary", () =>
        assert.equal(redactor.body(part(field('name="pin"'), `--W${secret}`)), maskedPart));

      for (const type of ["multipart/form-data", typed]) {
        it(`text that only calls itself so: ${type}`, () =>
          assert.equal(redactor.body("pin: ab, x\n\ny", type), `pin: ${mask}, x\n\ny`));

        it(`another boundary than is named: ${type}`, () =>
          assert.equal(redactor.body(secretPart.replace("Wxy", "other"), type), maskedPart.replace("Wxy", "other")));
      }
    });

    for (const [title, body, expected, type] of [
      ["a guard before JSON", `)]}',\n{"pin":1}`, `)]}',\n{"pin":"${mask}"}`],
      ["a loop before JSON", `for (;;);{"pin":1}`, `for (;;);{"pin":"${mask}"}`],
      ["another loop before JSON", `while(1);[{"pin":1}]`, `while(1);[{"pin":"${mask}"}]`],
      ["a form that is encoded in places", `a=hello+world&b=%7Ehello&pin=1`, `a=hello+world&b=%7Ehello&pin=${mask}`],
      ["code", `var pin = next(), token = "a b"`, `var pin = next(), token = "${mask}"`, "text/javascript"],
      ["code of a style sheet", `<a>{pin: b}`, `<a>{pin: b}`, "text/css"],
      ["text", `var pin = next(), a`, `var pin = ${mask}(), a`, "text/plain"],
    ] as const)
      it(`${title}, to the byte`, () => assert.equal(redactor.body(body, type), expected));

    describe("JSON, to the byte", () => {
      const cases: [title: string, body: string, expected: string][] = [
        [
          "a value that its name calls a secret is masked as a whole, and not only what looks like one in it",
          '[{"name":"password","value":"my token=abc12345 x"},{"value":"my token=abc12345 x","name":"password"}]',
          `[{"name":"password","value":"${mask}"},{"value":"${mask}","name":"password"}]`,
        ],
        [
          "comments before a key",
          `{// the user's\n"user":"bob", /* and {"more" */ "password":"${secret}"}`,
          `{// the user's\n"user":"bob", /* and {"more" */ "password":"${mask}"}`,
        ],
        // Only what reads keys and values hides this one.
        ...["// a */ b\n", '/* a\n "b" */', '/*/ "a" */', "/**/", "//\n", "/* a */ // b\n"].map(
          (comment): [string, string, string] => [
            `a comment, and what follows it: ${comment.replace("\n", " | ")}`,
            `{${comment}"name":"pin",${comment}"value":"b"}`,
            `{${comment}"name":"pin",${comment}"value":"${mask}"}`,
          ],
        ),
        ["a secret in a comment", `{// password: ${secret}\n"a":1}`, `{// password: ${mask}\n"a":1}`],
        ["a comment without an end", `{/* password: ${secret}`, `{/* password: ${mask}`],
        ["a line comment without an end", `{"a":1,// password: ${secret}`, `{"a":1,// password: ${mask}`],
        ...["\\n", "\\r", "\\t", "\\b", "\\f", '\\"', "\\\\", "\\u0001"].map((escape): [string, string, string] => [
          `${escape} in a string that holds a secret`,
          `{"a":"x${escape} https://u:${secret}@e.example/"}`,
          `{"a":"x${escape} https://${mask}@e.example/"}`,
        ]),
        ["a slash that is escaped", `{"a":"x\\/ Bearer ${secret}"}`, `{"a":"x/ Bearer ${mask}"}`],
        ["an escape that is none", `{"a":"x\\q Bearer ${secret}"}`, `{"a":"x\\\\q Bearer ${mask}"}`],
        ["an escaped key", `{"\\u0070\\u0069\\u006E":"ab"}`, `{"\\u0070\\u0069\\u006E":"${mask}"}`],
        [
          "escaped quotes in a value",
          `{"a":"x\\",\\"user\\":\\"y","pin":"b"}`,
          `{"a":"x\\",\\"user\\":\\"y","pin":"${mask}"}`,
        ],
        ["an escaped quote at the start of a value", `{"pin":"\\"b","a":"c"}`, `{"pin":"${mask}","a":"c"}`],
        ["a backslash at the end of a value", `{"a":"x\\\\","pin":"b"}`, `{"a":"x\\\\","pin":"${mask}"}`],
        ["an empty string before all", `"",{"pin":"b"}`, `"",{"pin":"${mask}"}`],
        ["a string that was cut", `{"a":"Bearer ${secret}`, `{"a":"Bearer ${mask}`],
        ["a secret that was cut", `{"pin":"abc`, `{"pin":"${mask}"`],
        ["byte order marks", `\uFEFF{\uFEFF"pin":"b"}`, `\uFEFF{\uFEFF"pin":"${mask}"}`],
        [
          "words that say no more than yes, no or nothing",
          `{"pin":true,"pin":false,"pin":null,pin:undefined,"pin":"","pin":0}`,
          `{"pin":true,"pin":false,"pin":null,pin:undefined,"pin":"","pin":"${mask}"}`,
        ],
        ["single quotes", `{pin: 'a, b', 'user': 'c, d'}`, `{pin: "${mask}", 'user': 'c, d'}`],
        ["single quotes behind a comma", `{pin: 'a,', user: 'b'}`, `{pin: "${mask}", user: 'b'}`],
        ["backquotes", "{pin: `a, b`, user: `c`}", `{pin: "${mask}", user: \`c\`}`],
        ["a single quote without an end", `{a: 'x, pin: "b"}`, `{a: 'x, pin: "${mask}"}`],
        ["a secret in single quotes without an end", `{pin: 'x, a: 1}`, `{pin: "${mask}"`],
        ["a list of those", `{pins: [1], pin: ['x, y`, `{pins: [1], pin: ["${mask}"`],
        ["a lone quote before all", `'{"pin":"b","a":"it's"}`, `'{"pin":"${mask}","a":"it's"}`],
        ["a colon in a bare value", "{pin: ab:cd, a: b}", `{pin: "${mask}", a: b}`],
        ["bare lines", "{pin: ab\n, a: b\n}", `{pin: "${mask}"\n, a: b\n}`],
        ["spaces around bare keys", `{ name : "pin", value : ab}`, `{ name : "pin", value : "${mask}"}`],
        ["quoted bare keys", `{'name': "pin", 'value': ab}`, `{'name': "pin", 'value': "${mask}"}`],
        ["a call before an object", `cb({"pin":"b"})`, `cb({"pin":"${mask}"})`],
        ["a call before a list", `cb(["cookie","a=b"])`, `cb(["cookie","${mask}"])`],
        ["a word before a string", `data: "Bearer ${secret}"`, `data: "Bearer ${mask}"`],
        [
          "header lines in pairs, and what follows them",
          `[["Cookie","ab"],["accept","cd"],["cookie"],["ef"],"x-api-key","gh","ij"]`,
          `[["Cookie","${mask}"],["accept","cd"],["cookie"],["ef"],"x-api-key","${mask}","ij"]`,
        ],
        [
          "an element after a list",
          `["authorization",[],"ab",{"a":["authorization"]},"cd"]`,
          `["authorization",[],"ab",{"a":["authorization"]},"cd"]`,
        ],
        ["a name for something else", `{"name":"email","value":"ab"}`, `{"name":"email","value":"ab"}`],
        ["a name behind its value that was cut", `[{"value":"ab","name":"pass`, `[{"value":"${mask}","name":"pass`],
        ["another name there", `[{"value":"ab","name":"email"`, `[{"value":"ab","name":"email"`],
        ["another name there, cut itself", `[{"value":"ab","name":"ema`, `[{"value":"${mask}","name":"ema`],
        ["a value whose name was cut off", `[{"val":"ab"`, `[{"val":"${mask}"`],
        ["a text whose name was cut off", `[{"text":"ab"`, `[{"text":"ab"`],
        ["a value that is none", `{"name":"pin","value":true}`, `{"name":"pin","value":true}`],
        ...["name", "key", "field", "param", "parameter", "header", "property", "attribute", "id"].flatMap((name) =>
          ["value", "val", "content", "text", "data"].map((value): [string, string, string] => [
            `${name} and ${value}`,
            `{"${name}":"pin","${value}":"ab","x":"cd"}`,
            `{"${name}":"pin","${value}":"${mask}","x":"cd"}`,
          ]),
        ),
      ];
      for (const [title, body, expected] of cases)
        it(title, () => assert.equal(redactor.body(body, "application/json"), expected));
    });

    it("JSON of any shape: every secret hidden at every cut, the rest unchanged", () => {
      for (let seed = 1; seed <= 300; seed++) {
        const random = generator(seed);
        const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
        const names = ["user", "note", 'a"b', "value", "data", "é"];
        const secretNames = ["password", "apiKey", "x-auth-token", "client_secret"];
        const make = (depth: number, expected: boolean): [input: unknown, output: unknown] => {
          const kind = random();
          if (depth > 4 || kind < 0.3) {
            if (expected)
              return pick([
                [secret, mask],
                [12345678, mask],
                [true, true],
                [null, null],
              ] as [unknown, unknown][]);
            const plain = pick(["plain", "", 1, -2.5e3, true, null, 'with "quotes" \\ and \u0001', "[not json", "{}"]);
            return [plain, plain];
          }
          if (kind < 0.55) {
            const elements = Array.from({ length: Math.floor(random() * 4) }, () => make(depth + 1, expected));
            return [elements.map(([input]) => input), elements.map(([, output]) => output)];
          }
          const input: Record<string, unknown> = {};
          const output: Record<string, unknown> = {};
          for (let count = Math.floor(random() * 4); count > 0; count--) {
            const hide = random() < 0.3;
            const key = hide ? pick(secretNames) : pick(names);
            [input[key], output[key]] = make(depth + 1, expected || hide);
          }
          return [input, output];
        };
        const [input, output] = make(0, false);
        if (typeof input !== "object" || input === null) continue;
        const text = JSON.stringify(input, null, Math.floor(random() * 3));
        assert.deepEqual(JSON.parse(redactor.body(text, "application/json")), output, `seed ${seed}`);
        for (let cut = 0; cut < text.length; cut += 3) {
          assert.ok(
            !redactor.body(text.slice(0, cut), "application/json").includes(secret.slice(0, 8)),
            `seed ${seed}, cut at ${cut}`,
          );
        }
      }
    });

    it("hostile shapes neither hang nor overflow: 64 KiB of brackets, quotes, backslashes, escapes", function () {
      this.timeout(10_000);
      for (const piece of [
        "[",
        "{",
        '{"password":',
        "\\",
        '"',
        '\\"',
        "<",
        "<input ",
        "a=",
        "a",
        "a.",
        "--",
        "://",
        "eyJ",
        "password",
        "password ",
        "token:",
        "%25",
        "Bearer ",
        "-----BEGIN PRIVATE KEY-----",
        '=\\\\"',
        "<a b",
        "a:",
      ]) {
        const body = piece.repeat(Math.ceil(65_536 / piece.length));
        for (const type of [
          "application/json",
          "text/html",
          "application/x-www-form-urlencoded",
          "multipart/form-data",
          "text/plain",
          undefined,
        ]) {
          redactor.body(body, type);
        }
        redactor.url(`https://example.com/?${body}`);
      }
    });
  });

  describe("text", () => {
    const gap = (count: number): string => " ".repeat(count);
    const cases: [title: string, text: string, expected: string][] = [
      ["white space before a separator", `password ${gap(78)}= ${secret}`, `password ${gap(78)}= ${mask}`],
      ["a name that stands too far before", `password ${gap(80)}= ${secret}`, `password ${gap(80)}= ${secret}`],
      ["white space after a separator", `pin:${gap(80)}${secret} x`, `pin:${gap(80)}${mask} x`],
      ["line breaks after a separator", `pin:\r\n\t ${secret} x`, `pin:\r\n\t ${mask} x`],
      ["a line of a command", `run --token ${secret} now`, `run --token ${mask} now`],
      ["more spaces in a line of a command", `run --token    ${secret} now`, `run --token    ${mask} now`],
      ["quotes in a line of a command", `run --token "a b" -v`, `run --token "${mask}" -v`],
      ["an option without a value", "run --token --verbose", "run --token --verbose"],
      ["an arrow", `password => ${secret}, a => b`, `password => ${mask}, a => b`],
      ["a quoted name", `"password" : "a b" c`, `"password" : "${mask}" c`],
      ["an escaped quote in a value", String.raw`pin: "a\"b" c`, `pin: "${mask}" c`],
      ["an escaped quote at the start", String.raw`pin: "\"b" c`, `pin: "${mask}" c`],
      ["an escaped backslash before the quote", String.raw`pin: "a\\" c"`, `pin: "${mask}" c"`],
      ["quotes that are escaped", String.raw`\"pin\":\"a\\\"b\" c\"`, String.raw`\"pin\":\"${mask}\" c\"`],
      ["a value without a closing quote", "pin: 'a b", `pin: '${mask}`],
      ["backquotes", "pin=`a b` c", `pin=\`${mask}\` c`],
      ["several values", "pin: ab, cvv: cd; a: b", `pin: ${mask}, cvv: ${mask}; a: b`],
      ["a name as long as is read", `${"password".padEnd(80, "x")}=ab`, `${"password".padEnd(80, "x")}=${mask}`],
      ["a name that is longer", `${"password".padEnd(81, "x")}=ab`, `${"password".padEnd(81, "x")}=ab`],
      ["an empty value", 'pin=;pin="";pin:', 'pin=;pin="";pin:'],
      [
        "words that say no more than yes, no or nothing",
        "pin=true a pin=false a pin=null a pin=undefined a",
        "pin=true a pin=false a pin=null a pin=undefined a",
      ],
      [
        "values that begin or end with such a word",
        "pin=untrue pin=trueblue pin=undefinedx",
        `pin=${mask} pin=${mask} pin=${mask}`,
      ],
      // Prose: "unexpected token: end of input".
      ["a word after a token's colon", "token: abcdefghijklmno", "token: abcdefghijklmno"],
      ["a longer word there", "token: abcdefghijklmnop", `token: ${mask}`],
      ["a digit there", "token: a1", `token: ${mask}`],
      ["a word after a token's equals sign", "token=abc", `token=${mask}`],
      ["a word after a name that goes on after token", "tokenValue: abc", `tokenValue: ${mask}`],
      ["a word after the name of another secret", "password: abc", `password: ${mask}`],
    ];
    for (const [title, text, expected] of cases) it(title, () => assert.equal(redactor.text(text), expected));

    it("every kind of name tells", () => {
      for (const name of [
        ...[
          "pass",
          "password",
          "passwd",
          "pw",
          "pwd",
          "psw",
          "secret",
          "api-key",
          "credential",
          "auth",
          "csrf",
          "xsrf",
        ],
        ...["sessid", "jwt", "bearer", "otp", "pin", "cvv", "cvc", "ssn", "sid", "sig", "hmac", "assertion"],
        ...["sms-code", "card-number", "ccnumber", "cc-number", "security_answer", "samlresponse", "my_token"],
        ...["kennwort", "contrasena", "contraseña", "mot-de-passe", "senha", "wachtwoord", "losenord", "lösenord"],
        ...["haslo", "hasło", "пароль", "密码", "密碼", "パスワード", "비밀번호"],
      ]) {
        assert.equal(redactor.text(`${name} = ab1, then`), `${name} = ${mask}, then`);
        assert.equal(redactor.text(`${name.toUpperCase()}=ab1, then`), `${name.toUpperCase()}=${mask}, then`);
      }
    });

    it("of a header field, all of the line; of what only sounds like one, a word", () => {
      for (const name of [
        ...["authorization", "Proxy-Authorization", "proxyauthorization"],
        ...["cookie", "cookies", "Set-Cookie", "setCookie"],
      ])
        assert.equal(redactor.text(`${name}: ab cd; ef\nnext`), `${name}: ${mask}\nnext`);
      for (const name of ["x-authorization", "authorization-secret", "secret-cookie", "cookie-secret"])
        assert.equal(redactor.text(`${name}: ab cd; ef\nnext`), `${name}: ${mask} cd; ef\nnext`);
    });

    it("addresses in it", () => {
      assert.equal(redactor.text(`see (https://u:${secret}@example.com/a)`), `see (https://${mask}@example.com/a)`);
      assert.equal(redactor.text(`see https://u:${secret}@example.com/a b`), `see https://${mask}@example.com/a b`);
    });
  });

  describe("markup, to the byte", () => {
    const hidden = `"${mask}"`;
    const cases: [title: string, body: string, expected: string][] = [
      ["double quotes", `<input type="password" value="a b" id=x>`, `<input type="password" value=${hidden} id=x>`],
      ["single quotes", `<input type='password' value='a b' id=x>`, `<input type='password' value=${hidden} id=x>`],
      ["no quotes", `<input value=ab type=password>`, `<input value=${hidden} type=password>`],
      ["upper case", `<INPUT TYPE=PASSWORD VALUE="a b">`, `<INPUT TYPE=PASSWORD VALUE=${hidden}>`],
      ["spaces around the sign", `<input type = password value = "a b">`, `<input type = password value = ${hidden}>`],
      ["attributes in a row", `<input type="password"value="a b">`, `<input type="password"value=${hidden}>`],
      ["another attribute", `<input type=password valued="ab">`, `<input type=password valued="ab">`],
      ["name", `<input name=pin value="a b">`, `<input name=pin value=${hidden}>`],
      ["id", `<input id=pin value="a b">`, `<input id=pin value=${hidden}>`],
      ["property", `<meta property="pin" content="a b">`, `<meta property="pin" content=${hidden}>`],
      [
        "autocomplete",
        `<input autocomplete="current-password" value="a b">`,
        `<input autocomplete="current-password" value=${hidden}>`,
      ],
      ["others", `<input name=email value="a b" alt='pin'>`, `<input name=email value="a b" alt='pin'>`],
      ["param", `<param name="pin" value="a b">`, `<param name="pin" value=${hidden}>`],
      ["option", `<option id="pin" value="a b">`, `<option id="pin" value=${hidden}>`],
      ["button", `<button name="pin" value="a b">`, `<button name="pin" value=${hidden}>`],
      ["a tag that was cut", `<input value="ab" class="x`, `<input value=${hidden} class="x`],
      ["an element", "<a><pin x='y'>a b</pin><user>bob</user></a>", `<a><pin x='y'>${mask}</pin><user>bob</user></a>`],
      ["an element of a namespace", "<s:pin>a b</s:pin>", `<s:pin>${mask}</s:pin>`],
      ["CDATA", "<pin><![CDATA[a\n<b>]]></pin>", `<pin>${mask}</pin>`],
      ["CDATA that was cut", "<pin><![CDATA[a <b", `<pin>${mask}`],
      ["an empty element", "<pin></pin><pin> \n </pin>", "<pin></pin><pin> \n </pin>"],
    ];
    for (const [title, body, expected] of cases)
      it(title, () => assert.equal(redactor.body(body, "text/html"), expected));
  });

  describe("values told to be secret", () => {
    it("are masked wherever they turn up, plain, encoded and escaped", () => {
      const learning = new Redactor();
      const typed = 'hunter "2" & más';
      learning.learn(typed);
      assert.equal(learning.url(`https://example.com/${encodeURIComponent(typed)}`), `https://example.com/${mask}`);
      assert.equal(learning.body(`p=${encodeURIComponent(typed).replaceAll("%20", "+")}`), `p=${mask}`);
      assert.equal(learning.body(JSON.stringify({ p: typed }), "application/json"), `{"p":"${mask}"}`);
      assert.equal(learning.text(`typed ${typed}.`), `typed ${mask}.`);
      assert.deepEqual(learning.value({ args: [typed] }), { args: [mask] });
    });

    it("in whatever way they are encoded", () => {
      const learning = new Redactor();
      const typed = "p\u00e4$$/w0rd!~'(x)";
      learning.learn(typed);
      const form = new URLSearchParams({ note: `it is ${typed}` }).toString();
      for (const body of [
        form,
        form.replaceAll("%", "%25"),
        form.toLowerCase(),
        `{"note":"it is p\\u00E4$$\\/w0rd!~'(x)"}`,
        `<p>it is ${typed.replaceAll("'", "&#39;")}</p>`,
        JSON.stringify({ next: `/done?${form}` }),
      ]) {
        const masked = learning.body(body);
        assert.ok(!/w0rd/i.test(masked), `${body} became ${masked}`);
        assert.ok(masked.includes("masked"), masked);
      }
    });

    const hidesIn = (learning: Redactor, text: string, ...traces: string[]): void => {
      const places = {
        body: learning.body(text, "text/plain"),
        json: learning.body(JSON.stringify({ note: text }), "application/json"),
        text: learning.text(text),
        hide: learning.hide(text),
        header: learning.header("x-note", text),
        path: /[\s"'<>#?]/.test(text) ? "" : learning.url(`https://example.com/a/${text}/b`),
      };
      for (const [place, masked] of Object.entries(places))
        for (const trace of traces) assert.ok(!masked.includes(trace), `${place}: ${text} became ${masked}`);
    };

    it("in base64, alone and as a part, plain and for addresses, with nothing of it left at the borders", () => {
      const typed = "Zk9?>~p\u00e4ss";
      const learning = new Redactor();
      learning.learn(typed);
      for (const before of ["", "a:", "ab:", "user:", '{"password":"'])
        for (const after of ["", "!", '"}', "xyz"])
          for (const encoding of ["base64", "base64url"] as const) {
            const encoded = Buffer.from(before + typed + after).toString(encoding);
            const masked = learning.text(`say ${encoded} now`);
            assert.equal(masked, `say ${mask} now`, `${before}…${after} ${encoding}`);
            hidesIn(learning, encodeURIComponent(encoded), encodeURIComponent(encoded.slice(4, 12)));
          }
    });

    it("in hex, in numeric entities, percent-encoded once and twice, letter by letter, and by escapes", () => {
      const typed = "Zk9 p\u00e4ss";
      const learning = new Redactor();
      learning.learn(typed);
      const each = (form: (character: string, code: number) => string): string =>
        [...typed].map((character) => form(character, character.codePointAt(0) ?? 0)).join("");
      const percent = each((character) =>
        [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
      );
      const forms = [
        Buffer.from(typed).toString("hex"),
        Buffer.from(typed).toString("hex").toUpperCase(),
        each((_, code) => `&#${code};`),
        each((_, code) => `&#x${code.toString(16).toUpperCase()};`),
        each((character, code) => (code % 2 === 0 ? `&#${code};` : character)),
        percent,
        percent.toUpperCase(),
        percent.replaceAll("%", "%25"),
        encodeURIComponent(encodeURIComponent(typed)),
        each((_, code) => `\\u${code.toString(16).padStart(4, "0")}`),
        each((_, code) => `\\x${code.toString(16).padStart(2, "0")}`),
      ];
      for (const form of forms) {
        assert.equal(learning.text(`say ${form} now`), `say ${mask} now`);
        hidesIn(learning, form, form);
      }
    });

    it("in any two of the usual encodings on top of each other, and in three", function () {
      this.timeout(30_000);
      const random = generator(7);
      const names = Object.keys(encodings);
      const stacks = names.flatMap((outer) => names.map((inner) => [inner, outer]));
      for (let count = 0; count < 300; count++)
        stacks.push([0, 1, 2].map(() => names[Math.floor(random() * names.length)] ?? ""));
      for (const typed of [
        "Zk9?>~p\u00e4ss",
        "Tr0ub4dor&3",
        'quo"te\\back/9',
        "\u5bc6\u7801 \ud83d\udd11 77",
        "4111 1111 1111 1112",
        "482915",
      ]) {
        const learning = new Redactor();
        learning.learn(typed);
        for (const stack of stacks)
          for (const [before, after] of [
            ["", ""],
            ['p="', '"}'],
          ] as const) {
            const text = stack.reduce((inner, name) => encodings[name]?.(inner) ?? "", before + typed + after);
            // What is encoded letter by letter three times over is no longer a part of a message.
            if (text.length > 4_000) continue;
            hidesIn(learning, text, text.slice(Math.floor(text.length * 0.4), Math.ceil(text.length * 0.6)));
            const path = `https://example.com/a/${encodeURIComponent(text)}/b`;
            const masked = learning.url(path);
            assert.ok(
              masked.startsWith("https://example.com/") && masked.includes(mask),
              `${stack.join(" in ")}: ${path} became ${masked}`,
            );
          }
      }
    });

    it("cards and codes in every grouping: spaces, dashes, dots, one digit a box", () => {
      for (const digits of ["4111111111111112", "482915"]) {
        for (const typed of [digits, digits.replace(/(\d{3})/g, "$1 ").trim()]) {
          const learning = new Redactor();
          learning.learn(typed);
          for (const gap of ["", " ", "-", ".", "\u00a0", "\u2013"])
            for (const group of [1, 2, 3, 4]) {
              const grouped = digits.match(new RegExp(`\\d{1,${group}}`, "g"))?.join(gap) ?? "";
              assert.equal(learning.text(`the number ${grouped}, please`), `the number ${mask}, please`);
              hidesIn(learning, grouped, grouped);
            }
          assert.doesNotMatch(learning.body(JSON.stringify([...digits]), "application/json"), /\d/);
        }
      }
      const code = new Redactor();
      code.learn("482915");
      assert.equal(code.text("order 1482-9157 of 2024"), "order 1482-9157 of 2024", "within another number it is none");
    });

    it("the number of a card is known by its look, and what only looks alike is left", () => {
      const plain = new Redactor();
      for (const card of [
        "4111111111111111",
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "5555%205555%205555%204444",
        "5555+5555+5555+4444",
        "3782\u00A0822463\u00A010005",
        "4111&nbsp;1111&nbsp;1111&nbsp;1111",
        "4111.1111.1111.1111",
        "4111\u20091111\u20091111\u20091111",
        "4111\u200B1111\u200B1111\u200B1111",
        "4111  1111  1111  1111",
        "4111 - 1111 - 1111 - 1111",
        "4111 \u2013 1111 \u2013 1111 \u2013 1111",
        "4111%E2%80%891111%E2%80%891111%E2%80%891111",
        "4111&thinsp;1111&thinsp;1111&thinsp;1111",
        "4111&#8201;1111&#8201;1111&#8201;1111",
        "3782 822463 10005",
        "6011111111111117",
      ])
        assert.equal(plain.text(`paid with ${card}.`), `paid with ${mask}.`);
      assert.equal(plain.body('{"n":"4111 1111 1111 1111"}', "application/json"), `{"n":"${mask}"}`);
      assert.equal(plain.text("4111111111111111, 4111%e2%80%891111%e2%80%891111%e2%80%891111"), `${mask}, ${mask}`);
      for (const other of [
        "4111111111111112",
        "1732636800000",
        "41111111111111111111",
        "0.4111111111111111",
        "v4111111111111111",
        "2024-11-26 16:11:22",
      ])
        assert.equal(plain.text(`see ${other} there`), `see ${other} there`);
    });

    it("tokens are known by their look, at their shortest, and what is shorter or has no such look is left", () => {
      const letters = (count: number): string => "aB3".repeat(count).slice(0, count);
      const upper = (count: number): string => "A7Q".repeat(count).slice(0, count);
      const plain = new Redactor();
      for (const [before, shortest, made = letters] of [
        ["gho_", 20],
        ["ghp_", 20],
        ["ghr_", 20],
        ["ghs_", 20],
        ["ghu_", 20],
        ["github_pat_", 20],
        ["glpat-", 16],
        ["xoxa-", 10],
        ["xoxb-", 10],
        ["xoxe-", 10],
        ["xoxo-", 10],
        ["xoxp-", 10],
        ["xoxr-", 10],
        ["xoxs-", 10],
        ["sk-", 19],
        ["sk_", 19],
        ["sk_live_", 19],
        ["sk_test_", 19],
        ["sk-proj-", 19],
        ["sk-ant-", 19],
        ["AKIA", 16, upper],
        ["npm_", 30],
      ] as [string, number, ((count: number) => string)?][]) {
        assert.equal(plain.shown(`(${before}${made(shortest)})`), `(${mask})`, before);
        const short = `(${before}${made(shortest - 1)})`;
        // The kinds of Stripe's keys are letters of a longer one, too.
        if (!/^sk[-_]./.test(before)) assert.equal(plain.shown(short), short, before);
        const within = `(x${before}${made(shortest)})`;
        assert.equal(plain.shown(within), within, before);
      }
      for (const token of ["eyJabcdef.ab", "eyJabcdef.ab.", "eyJabcdef.ab.cd.ef.gh", "eyJ0-_A19.Z-_9z.sig-_"])
        assert.equal(plain.shown(`(${token})`), `(${mask})`);
      for (const other of ["eyJabcde.ab", "eyJabcdef.a", "xeyJabcdef.ab", "eyJabcdef"])
        assert.equal(plain.shown(`(${other})`), `(${other})`);
      for (const scheme of ["bearer", "Bearer", "BASIC", "digest", "Negotiate"])
        for (const space of [" ", "  ", "+"]) {
          for (const token of ["abcde1", "abcdE+/=._~-f", "a".repeat(20)])
            assert.equal(plain.shown(`(${scheme}${space}${token})`), `(${scheme}${space}${mask})`);
          for (const other of ["abcd1", "tokens", "a".repeat(19)])
            assert.equal(plain.shown(`(${scheme}${space}${other})`), `(${scheme}${space}${other})`);
        }
      assert.equal(plain.shown("(bearer%20abcde1)"), `(bearer%20${mask})`);
      assert.equal(plain.shown("(forbearer abcde1)"), "(forbearer abcde1)");
      const key = (kind: string, inner: string): string =>
        `-----BEGIN ${kind}PRIVATE KEY-----${inner}-----END ${kind}PRIVATE KEY-----`;
      for (const kind of ["", "RSA ", "EC "])
        assert.equal(plain.shown(`a ${key(kind, "\nb+/=\nc\n")} d`), `a ${key(kind, mask)} d`);
      assert.equal(plain.shown("a -----BEGIN PRIVATE KEY-----\nb\nc"), `a -----BEGIN PRIVATE KEY-----${mask}`);
      const open = "-----BEGIN PUBLIC KEY-----\nb\n-----END PUBLIC KEY-----";
      assert.equal(plain.shown(open), open);
    });

    it("the numbers of every issuer of cards are known, by first digits, length and check digit", () => {
      const withCheckDigit = (start: string): string => {
        for (let digit = 0; digit < 10; digit++) {
          const sum = [...`${start}${digit}`]
            .reverse()
            .map((each, index) =>
              index % 2 === 0 ? Number(each) : ([0, 2, 4, 6, 8, 1, 3, 5, 7, 9][Number(each)] ?? 0),
            )
            .reduce((total, each) => total + each, 0);
          if (sum % 10 === 0) return `${start}${digit}`;
        }
        return assert.fail();
      };
      const filled = (start: string, length: number): string => withCheckDigit(start.padEnd(length - 1, "1"));
      const plain = new Redactor();
      for (const [start, length] of [
        ["4", 13],
        ["4", 16],
        ["4", 19],
        ["51", 16],
        ["55", 16],
        ["22", 16],
        ["27", 16],
        ["34", 15],
        ["37", 15],
        ["300", 14],
        ["305", 14],
        ["36", 14],
        ["38", 14],
        ["35", 16],
        ["6011", 16],
        ["65", 16],
        ["644", 16],
        ["649", 16],
        ["62", 16],
        ["62", 19],
      ] as const) {
        const card = filled(start, length);
        assert.equal(plain.shown(`(${card})`), `(${mask})`, card);
        const wrong = `${card.slice(0, -1)}${(Number(card.at(-1)) + 1) % 10}`;
        assert.equal(plain.shown(`(${wrong})`), `(${wrong})`);
      }
      for (const [start, length] of [
        ["4", 14],
        ["4", 15],
        ["50", 16],
        ["56", 16],
        ["21", 16],
        ["28", 16],
        ["33", 15],
        ["34", 16],
        ["306", 14],
        ["39", 14],
        ["6012", 16],
        ["643", 16],
        ["70", 16],
        ["10", 16],
        // Of sixteen digits, these would be a card's.
        ["64", 17],
      ] as const) {
        const none = filled(start, length);
        assert.equal(plain.shown(`(${none})`), `(${none})`, none);
      }
    });

    it("what only looks encoded, and holds none of them, stays as it was", () => {
      const learning = new Redactor();
      for (const typed of ["Tr0ub4dor&3", "p\u00e4ss-w0rd", "482915", "1234"]) learning.learn(typed);
      const random = generator(3);
      const bytes = Buffer.from(Array.from({ length: 9_000 }, () => Math.floor(random() * 256)));
      for (const text of [
        bytes.toString("base64"),
        bytes.toString("hex"),
        Buffer.from("The quick brown fox, and what it said. ".repeat(20)).toString("base64"),
        String.raw`C:\Users\u0041bc\x41 100%25 off &copy &amp;amp; &lt;b&gt; \\server\share "\u00e9\/" '\124'`,
        `/wiki/Password%3A_a_history/Special:Token%2Fdata+base64/aGVsbG8gd29ybGQ`,
      ])
        for (const masked of [learning.body(text, "text/plain"), learning.text(text), learning.hide(text)])
          assert.equal(masked, text);
    });

    it("hostile text with many learned values is masked in time", function () {
      this.timeout(5_000);
      const learning = new Redactor();
      for (let index = 0; index < 150; index++) learning.learn(`secret-${index}-of-many-${"x".repeat(index % 20)}`);
      for (const piece of [
        "%25",
        "&#",
        "%41",
        "4 1-1.",
        "\\u00",
        "c2VjcmV0LT",
        "se%63ret-1",
        "/+",
        "\\",
        "\\\\u",
        "&amp;",
        "%5Cu0025",
        "VVVV",
        "4a4b",
      ])
        learning.body(piece.repeat(20_000), "text/plain");
      let layered = "%";
      for (let layer = 0; layer < 2_000; layer++) layered = (layer % 2 === 0 ? "&#37;" : "%26") + layered.slice(1);
      learning.body(layered.repeat(10), "text/plain");
    });

    it("each way to write one down is looked for as it is, and after what it holds of codes is read", () => {
      const finds = (typed: string, text: string): boolean =>
        new RegExp(`^(?:${formsOf(typed).join("|")})$`).test(text);
      const typed = `it's (A & B) <~c!> "d" \u00e4`;
      for (const form of [
        typed,
        "it's%20(A%20%26%20B)%20%3C~c!%3E%20%22d%22%20%C3%A4",
        "it's+(A+%26+B)+%3C~c!%3E+%22d%22+%C3%A4",
        "it%27s+%28A+%26+B%29+%3C%7Ec%21%3E+%22d%22+%C3%A4",
        String.raw`it's (A & B) <~c!> \"d\" ä`,
        "it's (A &amp; B) &lt;~c!&gt; &quot;d&quot; \u00e4",
        "it&#39;s (A &amp; B) &lt;~c!&gt; &quot;d&quot; \u00e4",
      ])
        assert.ok(finds(typed, form), form);
      assert.ok(finds("half \ud83d", "half%20%EF%BF%BD"), "half a surrogate pair");
      assert.ok(finds("a%2541&amp;b%26cd", "aA&b&cd"), "codes in it");
      for (const sign of "\\^$.*+?()[]{}|/-") {
        assert.ok(finds(`${sign}abc123${sign}`, `${sign}abc123${sign}`), sign);
        assert.ok(!finds(`abc123${sign}de`, "abc123de") && !finds(`abc123${sign}de`, "abc123xde"), sign);
      }
    });

    it("the digits of a code are read however they are grouped", () => {
      const cases: [text: string, digits: string | undefined][] = [
        ["123", "123"],
        ["12", undefined],
        ["1-2", undefined],
        ["1 2-3.4\u20135", "12345"],
        ["123a", undefined],
        ["a123", undefined],
        ["-123", undefined],
        ["", undefined],
      ];
      for (const [text, digits] of cases) assert.equal(digitsOf(text), digits, text);
    });

    it("half a surrogate pair is replaced, a whole one is not", () => {
      const cases: [text: string, expected: string][] = [
        ["a\ud83d\udd11b", "a\ud83d\udd11b"],
        ["a\ud83d", "a\ufffd"],
        ["\ud83db", "\ufffdb"],
        ["\udd11", "\ufffd"],
        ["a\udd11b", "a\ufffdb"],
        ["\ud83d\ud83d\udd11\udd11", "\ufffd\ud83d\udd11\ufffd"],
      ];
      for (const [text, expected] of cases) assert.equal(wellFormed(text), expected);
    });

    it("in every usual encoding", () => {
      for (const typed of ["Zk9?>~p\u00e4ss", 'quo"te\\back/9', "\u5bc6\u7801 \ud83d\udd11 77"]) {
        const learning = new Redactor();
        learning.learn(typed);
        for (const encode of Object.values(encodings)) {
          const text = encode(`p="${typed}"}`);
          hidesIn(learning, text, text.slice(Math.floor(text.length * 0.4), Math.ceil(text.length * 0.6)));
        }
      }
    });

    it("in base64 of Latin-1, as btoa writes it, also beside others", () => {
      const latin1 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
      for (const typed of ["p\u00e4ss-w0rd", "\u00a0\u00e4\u00f6\u00fc\u00df\u00ff"]) {
        const learning = new Redactor();
        learning.learn(typed);
        assert.equal(learning.text(`say ${latin1(typed)} now`), `say ${mask} now`);
        learning.learn("another one");
        assert.equal(learning.text(`say ${latin1(typed)} now`), `say ${mask} now`);
      }
    });

    it("up to six encodings on top of one another are read, so that no text takes for ever", () => {
      const learning = new Redactor();
      learning.learn("correct-horse");
      let text = "correct-horse";
      for (let layer = 1; layer <= 7; layer++) {
        text = Buffer.from(text).toString("base64");
        assert.equal(learning.text(`say ${text} now`), layer <= 6 ? `say ${mask} now` : `say ${text} now`, `${layer}`);
      }
    });

    it("after many words that hold none", () => {
      const learning = new Redactor();
      learning.learn("correct-horse");
      const base64 = (text: string): string => Buffer.from(text).toString("base64");
      const words = Array.from({ length: 20 }, (_, index) => base64(`word number ${index}`)).join(" ");
      assert.equal(learning.text(`${words} ${base64(base64("correct-horse"))}`), `${words} ${mask}`);
    });

    it("several in one text, in any order, as they are and encoded", () => {
      const learning = new Redactor();
      learning.learn("correct");
      learning.learn("correct-horse");
      learning.learn("battery-staple-9");
      learning.learn("battery");
      const cases: [text: string, expected: string][] = [
        ["a correct, b correct-horse c", `a ${mask}, b ${mask} c`],
        ["a battery, b battery-staple-9 c", `a ${mask}, b ${mask} c`],
        ["correctcorrect, correct-horsebattery", `${mask}, ${mask}`],
        ["a %63orrect b correct c &#98;attery d", `a ${mask} b ${mask} c ${mask} d`],
        ["a correct b %63orrect c battery d", `a ${mask} b ${mask} c ${mask} d`],
        ["a battery b correct c %63orrect d", `a ${mask} b ${mask} c ${mask} d`],
      ];
      for (const [text, expected] of cases) assert.equal(learning.text(text), expected);
    });

    it("words of letters alone are hidden as any other, but for those that stand for a password", () => {
      for (const typed of ["butterfly", "password99", "99password", "Butter-Fly", "pass-word"]) {
        const learning = new Redactor();
        learning.learn(typed);
        assert.equal(learning.hide(`the ${typed}, please`), `the ${mask}, please`);
      }
      for (const typed of ["password", "Passwort", "TOKEN"]) {
        const learning = new Redactor();
        learning.learn(typed);
        assert.equal(learning.hide(`the ${typed}, please`), `the ${typed}, please`);
      }
    });

    it("of fewer than six characters only in quotes and as a whole, of fewer than three not at all", () => {
      const cases: [typed: string, text: string, form: string, forms: string][] = [
        ["ab", 'say "ab" ab xab', "p=ab&n=1", "p=ab&n=1"],
        ["abc", `say "${mask}" abc xabc`, "p=abc&n=1", `p=${mask}&n=1`],
        ["abcd1", `say "${mask}" abcd1 xabcd1`, "p=abcd1&n=1", `p=${mask}&n=1`],
        ["abcde1", `say "${mask}" ${mask} x${mask}`, "p=abcde1&n=1", `p=${mask}&n=1`],
      ];
      for (const [typed, text, form, masked] of cases) {
        const learning = new Redactor();
        learning.learn(typed);
        assert.equal(learning.text(`say "${typed}" ${typed} x${typed}`), text);
        assert.equal(learning.body(form), masked);
      }
      const digits = new Redactor();
      digits.learn("12 34");
      assert.equal(digits.body("a=1234&b=1-2-3-4&c=12345&d=12+34"), `a=${mask}&b=${mask}&c=12345&d=${mask}`);
      assert.equal(digits.header("x-note", "1.234"), mask);
      assert.deepEqual(digits.value(["1234", "12345"]), [mask, "12345"]);
      const spaced = new Redactor();
      spaced.learn("a b");
      assert.equal(spaced.body("p=a+b&q=ab&r=a%20b"), `p=${mask}&q=ab&r=${mask}`);
    });

    it("the hundred newest within text, and all of them as a whole", () => {
      const learning = new Redactor();
      for (let index = 100; index < 200; index++) learning.learn(`secret-${index}`);
      assert.equal(learning.hide("a secret-100 b secret-199 c"), `a ${mask} b ${mask} c`);
      // What is learned again is new.
      learning.learn("secret-100");
      learning.learn("secret-200");
      assert.equal(
        learning.hide("a secret-100 b secret-101 c secret-102 d secret-200"),
        `a ${mask} b secret-101 c ${mask} d ${mask}`,
      );
      assert.equal(learning.body("p=secret-101"), `p=${mask}`);
    });

    describe("while it is typed", () => {
      const real = Date.now;
      let now = 1_000_000;
      beforeEach(() => {
        now = 1_000_000;
        Date.now = () => now;
      });
      afterEach(() => {
        Date.now = real;
      });

      it("what it begins with is masked as a whole for half a minute", () => {
        const learning = new Redactor();
        learning.learn("correct-horse");
        learning.learn("4815 1623");
        const form = "a=correct-h&b=4815&c=4.8.1&d=co&e=correct-horse";
        now += 30_000;
        // One more does not end it before its time.
        learning.learn("something-else");
        assert.equal(learning.body(form), `a=${mask}&b=${mask}&c=${mask}&d=co&e=${mask}`);
        now += 1;
        assert.equal(learning.body(form), `a=correct-h&b=4815&c=4.8.1&d=co&e=${mask}`);
      });

      it("what was learned before stays so, as what another begins with", () => {
        const learning = new Redactor();
        learning.learn("1234");
        learning.learn("123456789");
        now += 60_000;
        learning.learn("5678");
        assert.equal(learning.body("a=1234&b=12345&c=5678"), `a=${mask}&b=12345&c=${mask}`);
      });

      it("what was learned too early is only what it begins with", () => {
        const learning = new Redactor();
        learning.learn("correct-h");
        assert.equal(learning.hide("a correct-hand, b"), `a ${mask}and, b`);
        learning.learn("correct-horse", "correct-h");
        assert.equal(learning.hide("a correct-hand, b"), "a correct-hand, b");
        assert.equal(learning.body("p=correct-h"), `p=${mask}`);
        now += 30_001;
        assert.equal(learning.body("p=correct-h&q=correct-horse"), `p=correct-h&q=${mask}`);
      });

      it("of a long one, the first 99 characters at most", () => {
        const learning = new Redactor();
        const long = "xY".repeat(60);
        learning.learn(long);
        for (const length of [2, 3, 99, 100, 119, 120]) {
          const isMasked = (length >= 3 && length < 100) || length === long.length;
          assert.equal(
            learning.body(`p=${long.slice(0, length)}`),
            isMasked ? `p=${mask}` : `p=${long.slice(0, length)}`,
          );
        }
      });
    });

    it("what stands for a secret in the logs is none", () => {
      const learning = new Redactor();
      learning.learn(mask);
      assert.equal(learning.body(`p=${mask.slice(0, 8)}`), `p=${mask.slice(0, 8)}`);
    });

    it("short ones are masked where they stand alone, and not searched for within text", () => {
      const learning = new Redactor();
      learning.learn("1234");
      assert.equal(learning.text("port 12345"), "port 12345");
      assert.equal(learning.text("at 1234 m"), "at 1234 m");
      assert.equal(learning.body("p=1234&n=12345"), `p=${mask}&n=12345`);
      assert.equal(
        learning.body('{"p":"1234","q":1234,"n":12345}', "application/json"),
        `{"p":"${mask}","q":"${mask}","n":12345}`,
      );
      assert.equal(
        learning
          .body(
            '--B\r\nContent-Disposition: form-data; name="p"\r\n\r\n1234\r\n--B--\r\n',
            "multipart/form-data; boundary=B",
          )
          .includes("1234"),
        false,
      );
      assert.equal(learning.url("https://example.com/?p=1234"), `https://example.com/?p=${mask}`);
      assert.equal(learning.text('fill("1234")'), `fill("${mask}")`);
    });

    it("what one begins with is masked where it stands alone: a page may send on each key what was typed so far", () => {
      const learning = new Redactor();
      learning.learn("correct-h");
      learning.learn("correct-horse", "correct-h");
      assert.equal(
        learning.body('{"v":"correct-ho","w":"correct","x":"a correct answer"}', "application/json"),
        `{"v":"${mask}","w":"${mask}","x":"a correct answer"}`,
      );
    });

    it("a password that is the word for one is masked as the whole of a value, and not within text", () => {
      const learning = new Redactor();
      learning.learn("password");
      assert.equal(learning.body('<input type="password" name=p>', "text/html"), '<input type="password" name=p>');
      assert.equal(learning.hide('<input type="password">'), '<input type="password">');
      assert.equal(learning.body("p=password&n=1"), `p=${mask}&n=1`);
    });

    it("are hidden in what clients are told", () => {
      const learning = new Redactor();
      const message = { text: secret };
      assert.equal(learning.hide(message), message, "the very same where nothing was learned");
      learning.learn(secret);
      assert.deepEqual(learning.hide({ text: `it is ${secret}`, list: [secret, 1, null], flag: true }), {
        text: `it is ${mask}`,
        list: [mask, 1, null],
        flag: true,
      });
    });

    it("of what a page shows, tokens, addresses and these are hidden, and words beside a name are not", () => {
      const learning = new Redactor();
      learning.learn("hunter2222");
      assert.equal(
        learning.shown("Password: at least 8 of hunter2222, see https://example.com/?token=abc"),
        `Password: at least 8 of ${mask}, see https://example.com/?token=${mask}`,
      );
    });
  });

  describe("rows", () => {
    const row: NetworkRow = {
      ts: "2026-11-23T00:00:00.000Z",
      id: "1",
      pageId: "p",
      method: "POST",
      url: `https://example.com/login?token=${secret}`,
      resourceType: "fetch",
      status: 200,
      statusText: "OK",
      contentType: "application/json",
      requestHeaders: { Authorization: `Bearer ${secret}`, "Content-Type": "application/x-www-form-urlencoded" },
      responseHeaders: { "set-cookie": `sid=${secret}` },
      postData: `p=1&password=${secret}`,
      responseBody: JSON.stringify({ token: secret }),
      size: 10,
      duration: 5,
      fromCache: false,
    };

    it("a request is masked in all of its fields", () => {
      const masked = redactor.networkRow(row);
      assert.ok(!JSON.stringify(masked).includes(secret));
      assert.equal(masked.status, 200);
      assert.deepEqual(redactor.networkRow(masked), masked);
    });

    it("a request: each field, to the byte", () => {
      assert.deepEqual(redactor.networkRow({ ...row, failure: `net::ERR pin=${secret}`, statusText: "OK pin=ab" }), {
        ...row,
        url: `https://example.com/login?token=${mask}`,
        statusText: `OK pin=${mask}`,
        requestHeaders: { Authorization: `Bearer ${mask}`, "Content-Type": "application/x-www-form-urlencoded" },
        responseHeaders: { "set-cookie": `sid=${mask}` },
        postData: `p=1&password=${mask}`,
        responseBody: JSON.stringify({ token: mask }),
        failure: `net::ERR pin=${mask}`,
      });
      const {
        postData: _post,
        responseBody: _body,
        ...bare
      } = { ...row, url: "/a", requestHeaders: {}, responseHeaders: {} };
      assert.deepEqual(redactor.networkRow(bare), bare);
    });

    it("the messages of a socket, of which those of bytes have no text", () => {
      const of = { ts: row.ts, direction: "sent", size: 3 } as const;
      const messages = (text: string): WebSocketMessage[] => [{ ...of, text: `{"pin":"${text}"}` }, { ...of }];
      assert.deepEqual(redactor.networkRow({ ...row, messages: messages("ab") }).messages, messages(mask));
    });

    it("the header of a body tells its kind, whatever its case, and where there is none the row does", () => {
      const code = "var pin = e.value";
      const text = `var pin = ${mask}`;
      const script = { Accept: "a/b", "Content-Type": "text/javascript" };
      const plain = { "CONTENT-TYPE": "text/plain", Accept: "text/javascript" };
      const masked = (change: Partial<NetworkRow>): unknown[] => {
        const { postData, responseBody } = redactor.networkRow({
          ...row,
          requestHeaders: {},
          responseHeaders: {},
          contentType: null,
          postData: code,
          responseBody: code,
          ...change,
        });
        return [postData, responseBody];
      };
      assert.deepEqual(masked({}), [text, text]);
      assert.deepEqual(masked({ contentType: "text/javascript" }), [text, code]);
      assert.deepEqual(masked({ responseHeaders: script, contentType: "text/plain" }), [text, code]);
      assert.deepEqual(masked({ responseHeaders: plain, contentType: "text/javascript" }), [text, text]);
      assert.deepEqual(masked({ requestHeaders: script, responseHeaders: plain }), [code, text]);
    });

    it('"redact": false turns it off', () => {
      const off = new Redactor(false);
      off.learn(secret);
      assert.equal(off.networkRow(row), row);
      assert.equal(off.text(`Bearer ${secret}`), `Bearer ${secret}`);
    });

    it("nor does it touch a row of another kind, or anything else", () => {
      const off = new Redactor(false);
      off.learn(secret);
      const headers = { Cookie: `sid=${secret}` };
      const action: ActionRow = {
        ts: row.ts,
        source: "agent",
        pageId: null,
        action: "fill",
        selector: "#password",
        value: secret,
        duration: 1,
        success: true,
      };
      const log: LogRow = { ts: row.ts, level: "info", event: "x", message: `pin=${secret}`, data: { pin: secret } };
      assert.equal(off.actionRow(action), action);
      assert.equal(off.logRow(log), log);
      assert.equal(off.headers(headers), headers);
      assert.equal(off.header("Cookie", headers.Cookie), headers.Cookie);
      const address = `https://u:${secret}@example.com/?pin=${secret}`;
      for (const result of [
        off.url(address),
        off.body(address),
        off.string(address),
        off.shown(address),
        off.hide(address),
        off.value(address),
      ])
        assert.equal(result, address);
    });

    it("a value given to an element that its selector calls a password is masked, in the error too", () => {
      const action: ActionRow = {
        ts: row.ts,
        source: "agent",
        pageId: "p",
        action: "fill",
        selector: "input[name='user_password']",
        value: secret,
        duration: 1,
        success: false,
        error: `Call log: fill("${secret}")`,
      };
      const masked = new Redactor().actionRow(action);
      assert.ok(!JSON.stringify(masked).includes(secret));
      assert.equal(masked.selector, action.selector);
      assert.equal(redactor.actionRow({ ...action, selector: "#email", value: "bob", error: "" }).value, "bob");
    });

    it("a selector in a page's words finds its element again; one in code's words holds no token", () => {
      const action: ActionRow = {
        ts: row.ts,
        source: "user",
        pageId: "p",
        action: "click",
        selector: "#a",
        bestSemanticSelector: 'getByLabel("Password: 8 to 20", { exact: true })',
        nearbyText: "Token: new",
        duration: 0,
        success: true,
      };
      assert.deepEqual(redactor.actionRow(action), action);
      const code = redactor.actionRow({
        ...action,
        source: "agent",
        selector: `locator('a[href="/reset?token=${secret}"]')`,
      });
      assert.ok(!JSON.stringify(code).includes(secret));
    });

    it("an action: each field, to the byte", () => {
      const action: ActionRow = {
        ts: row.ts,
        source: "agent",
        pageId: "p",
        action: "fill",
        selector: "#next >> .",
        bestSemanticSelector: "#next pin=ab",
        nearbyText: `Pin: 12, https://u:${secret}@example.com/`,
        value: `https://example.com/?token=${secret}`,
        url: `https://example.com/?token=${secret}`,
        error: `pin: ${secret}`,
        duration: 1,
        success: false,
      };
      const plain = { ...action, bestSemanticSelector: "#next" };
      assert.deepEqual(new Redactor().actionRow(plain), {
        ...plain,
        nearbyText: `Pin: 12, https://${mask}@example.com/`,
        value: `https://example.com/?token=${mask}`,
        url: `https://example.com/?token=${mask}`,
        error: `pin: ${mask}`,
      });
      const bare: ActionRow = { ts: row.ts, source: "user", pageId: "p", action: "press", duration: 1, success: true };
      assert.deepEqual(new Redactor().actionRow(bare), bare);
      const empty: ActionRow = { ...bare, action: "fill", selector: "#pin", value: "" };
      assert.deepEqual(new Redactor().actionRow(empty), empty);
      assert.deepEqual(
        new Redactor().actionRow({ ...empty, selector: "#a", bestSemanticSelector: "#pin", value: "a" }),
        {
          ...empty,
          selector: "#a",
          bestSemanticSelector: "#pin",
          value: mask,
        },
      );
    });

    it("a row of the log: its message and its data, to the byte", () => {
      const log: LogRow = { ts: row.ts, level: "info", event: "x", message: `pin=${secret}` };
      assert.deepEqual(redactor.logRow(log), { ...log, message: `pin=${mask}` });
      const error = new Error("x");
      error.stack = `Error: pin=${secret}\n    at y`;
      const other = new Error(`pin=${secret}`);
      delete other.stack;
      const again: Record<string, unknown> = { a: 1 };
      again.self = [again];
      const data = {
        password: "",
        pin: 4815n,
        count: 5n,
        none: null,
        missing: undefined,
        flag: true,
        tokens: [1, "a", null, false, { a: "b" }],
        error,
        other,
        again,
        twice: [again.a, again.a],
        nested: { toJSON: () => ({ pin: "ab", a: "b" }) },
        pinned: { toJSON: 5 },
        named: { name: "email", value: "visible" },
        numbered: { name: 5, value: "visible" },
        renamed: { name: "pin", value: "ab", other: "visible" },
        texts: [
          `https://e.example/?token=a"b'c&n=1`,
          `https://e.example/?token=ab and more`,
          "a=b&pin=c",
          '{"pin":"c"}',
        ],
      };
      assert.deepEqual(redactor.logRow({ ...log, data }).data, {
        ...data,
        pin: mask,
        tokens: [mask, mask, null, false, { a: mask }],
        error: `Error: pin=${mask}\n    at y`,
        other: `pin=${mask}`,
        again: { a: 1, self: ["[circular]"] },
        nested: { pin: mask, a: "b" },
        renamed: { name: "pin", value: mask, other: "visible" },
        texts: [
          `https://e.example/?token=${mask}&n=1`,
          `https://e.example/?token=${mask} and more`,
          `a=b&pin=${mask}`,
          `{"pin":"${mask}"}`,
        ],
      });
    });

    it("the name of a key pressed in a password field is no secret, a character is", () => {
      const press = (value: string): string | undefined =>
        new Redactor().actionRow({
          ts: row.ts,
          source: "user",
          pageId: "p",
          action: "press",
          selector: "#password",
          value,
          duration: 0,
          success: true,
        }).value;
      assert.deepEqual([press("Enter"), press("Control+a"), press("x")], ["Enter", "Control+a", "***masked***"]);
    });

    it("data of a log row is masked by name, cycles and errors included", () => {
      const data: Record<string, unknown> = {
        env: { API_KEY: secret },
        at: new Date(0),
        cause: new Error(`token=${secret}`),
        count: 3,
        pin: 4815,
        login: { name: "password", value: 1623, again: [42] },
      };
      data.self = data;
      const masked = redactor.logRow({ ts: row.ts, level: "info", event: "x", message: `Bearer ${secret}`, data });
      assert.ok(!JSON.stringify(masked).includes(secret));
      assert.equal(masked.data?.at, "1970-01-01T00:00:00.000Z");
      assert.equal(masked.data?.count, 3);
      assert.equal(masked.data?.pin, mask, "a number is a secret like any other");
      assert.deepEqual(masked.data?.login, { name: "password", value: mask, again: [42] });
    });
  });
});
