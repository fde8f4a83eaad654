import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { isDebuggingEndpoint, isOwnAddress, resolveHost } from "../../../src/sessions/host/reads/addresses.js";

describe("S14: a debugging port is refused by any spelling of its address", () => {
  const own = [
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "0.0.0.0",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "0:0:0:0:0:0:0:1",
    "::ffff:0:127.0.0.1",
    "::1%lo",
  ];
  for (const address of own) it(`${address} is this machine`, () => assert.equal(isOwnAddress(address), true));

  for (const { address, family } of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
    it(`${address}, an address of an interface of ${family}, is this machine`, () =>
      assert.equal(isOwnAddress(address), true));
  }

  for (const address of ["1.1.1.1", "128.0.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "100::1"])
    it(`${address} is another machine`, () => assert.equal(isOwnAddress(address), false));

  it("the port counts on every address of this machine", async () => {
    const endpoints = [{ host: "127.0.0.1", port: 9222 }];
    for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0"])
      assert.equal(await isDebuggingEndpoint(address, 9222, endpoints), true, address);
    assert.equal(await isDebuggingEndpoint("127.0.0.1", 9223, endpoints), false);
    assert.equal(await isDebuggingEndpoint("1.1.1.1", 9222, endpoints), false);
  });

  it("a remote browser's address is refused, and no other on its port", async () => {
    const endpoints = [{ host: "192.0.2.7", port: 443 }];
    assert.equal(await isDebuggingEndpoint("192.0.2.7", 443, endpoints), true);
    assert.equal(await isDebuggingEndpoint("::ffff:192.0.2.7", 443, endpoints), true);
    assert.equal(await isDebuggingEndpoint("192.0.2.8", 443, endpoints), false);
  });

  it("a remote browser's address is the same in any spelling of IPv6, and when IPv6 wraps it", async () => {
    for (const [host, address] of [
      ["2001:db8::7", "2001:0db8:0:0::7"],
      ["2001:db8::7", "2001:db8::7%eth0"],
      ["[2001:db8::7]", "2001:db8::7"],
      ["192.0.2.7", "::192.0.2.7"],
      ["192.0.2.7", "::c000:207"],
      ["192.0.2.7", "64:ff9b::192.0.2.7"],
      ["192.0.2.7", "::ffff:0:192.0.2.7"],
    ] as const) {
      assert.equal(await isDebuggingEndpoint(address, 443, [{ host, port: 443 }]), true, `${host} ${address}`);
      assert.equal(await isDebuggingEndpoint(address, 444, [{ host, port: 443 }]), false);
    }
    assert.equal(await isDebuggingEndpoint("2001:db8::8", 443, [{ host: "2001:db8::7", port: 443 }]), false);
  });

  it("a name that cannot be resolved any more may have been this machine's, and is no other", async () => {
    const endpoints = [{ host: "no-such-host.invalid", port: 9222 }];
    assert.equal(await isDebuggingEndpoint("127.0.0.1", 9222, endpoints), true);
    assert.equal(await isDebuggingEndpoint("1.1.1.1", 9222, endpoints), false);
    assert.equal(await isDebuggingEndpoint("127.0.0.1", 9222, [{ host: "192.0.2.7", port: 9222 }]), false);
    assert.equal(
      await isDebuggingEndpoint("192.0.2.7", 9222, [...endpoints, { host: "192.0.2.7", port: 9222 }]),
      true,
      "each is looked at",
    );
  });

  it("an address in brackets is one without; what is no address is nobody's", async () => {
    assert.deepEqual(await resolveHost("[::1]"), [{ address: "::1", family: 6 }]);
    assert.deepEqual(await resolveHost("127.0.0.1"), [{ address: "127.0.0.1", family: 4 }]);
    assert.ok((await resolveHost("localhost")).every(({ family }) => family === 4 || family === 6));
    assert.equal(isOwnAddress("no address"), false);
  });
});
