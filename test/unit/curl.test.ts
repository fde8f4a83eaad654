import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { toCurl } from "../../src/sessions/logs/export/curl.js";
import { leaveOut } from "../support/leaveOut.js";

/** What a real shell hands to `curl`. */
function argumentsOf(command: string): string[] {
  const output = execFileSync("bash", ["--norc", "--noprofile", "-c", `curl() { printf '%s\\0' "$@"; }\n${command}`]);
  return output.toString().split("\0").slice(0, -1);
}

/** Curl's arguments for a request, the address left out. */
const options = (row: Record<string, unknown>): string[] =>
  argumentsOf(toCurl({ method: "GET", url: "https://shop.example/", requestHeaders: {}, ...row })).slice(1);

describe("copy as cURL", function () {
  before(function () {
    if (process.platform === "win32") leaveOut(this, "copy as cURL in a real bash: not on Windows");
  });

  it("hands every text over as it was, whatever it means to a shell", () => {
    const hostile = [
      'it\'s "quoted"',
      "$(touch /tmp/x) `id` $HOME ${HOME}",
      "two\nlines\n",
      "!! !cat !$",
      "back\\slash\\",
      "schön 日本 🎭",
      "\t\r\u001b[201~\u0007\u007f\u0085 it's ! \\n",
      "",
      "-o /etc/passwd",
      "&& rm -rf . ; | > x",
      "~ * ? [a-z] {1,2} #no",
    ];
    for (const text of hostile) {
      const url = `https://shop.example/?q=${text}`;
      const row = {
        method: "POST",
        url,
        requestHeaders: { "x-text": `:${text}`, "content-type": "text/plain" },
        postData: text,
      };
      const given = argumentsOf(toCurl(row)).filter((argument) => argument !== "--globoff");
      assert.deepEqual(given, [url, "-H", `x-text: :${text}`, "-H", "content-type: text/plain", "--data-raw", text]);
    }
  });

  it("holds no character that a terminal would obey while it is pasted", () => {
    const text = String.fromCharCode(...Array.from({ length: 160 }, (_, code) => code));

    assert.doesNotMatch(
      toCurl({ method: text, url: text, requestHeaders: { [text]: text }, postData: text }),
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/,
    );
  });

  it("an address with brackets is one address to curl, and one that begins with a minus sign is no option", () => {
    assert.deepEqual(argumentsOf(toCurl({ url: "https://shop.example/?filter[name]={a,b}" })), [
      "https://shop.example/?filter[name]={a,b}",
      "--globoff",
    ]);
    assert.deepEqual(argumentsOf(toCurl({ url: "-K/etc/passwd" })), ["--url", "-K/etc/passwd"]);
  });

  it("asks as the browser asked: its method, its fields, its body", () => {
    assert.deepEqual(options({}), []);
    assert.deepEqual(options({ method: "HEAD" }), ["--head"]);
    assert.deepEqual(options({ method: "DELETE" }), ["-X", "DELETE"]);
    assert.deepEqual(options({ method: "PUT", postData: "a=1", requestHeaders: { "Content-Type": "text/plain" } }), [
      "-X",
      "PUT",
      "-H",
      "Content-Type: text/plain",
      "--data-raw",
      "a=1",
    ]);
    // Without a field of its own a body would be sent as a form, and a field without a value not at all.
    assert.deepEqual(options({ method: "POST", postData: "" }), ["-H", "content-type:", "--data-raw", ""]);
    assert.deepEqual(options({ requestHeaders: { "x-empty": "" } }), ["-H", "x-empty;"]);
    assert.deepEqual(
      options({
        requestHeaders: {
          ":authority": "shop.example",
          host: "shop.example",
          "Accept-Encoding": "gzip",
          "content-length": "3",
        },
      }),
      ["--compressed"],
    );
  });
});
