/**
 * Which addresses `get` may not reach: where a browser listens for its debugger, since a mere GET closes a tab
 * there (`/json/close/<id>`). Judged by the address that is connected to, so no spelling of a name gets round it.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

/** Where a debugger listens. */
export interface DebuggingEndpoint {
  host: string;
  port: number;
}

/** One address that a name stands for. */
export interface ResolvedAddress {
  address: string;
  family: 4 | 6;
}

/** The addresses of a host name or of an address in any spelling, brackets included. */
export async function resolveHost(host: string): Promise<ResolvedAddress[]> {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(bare);
  if (family !== 0) return [{ address: bare, family: family as 4 | 6 }];
  return (await lookup(bare, { all: true })).map(({ address, family }) => ({ address, family: family as 4 | 6 }));
}

/** One form for one address: `::ffff:127.0.0.1` is 127.0.0.1, and so are the ways of IPv6 to wrap it. */
function canonical(address: string): string {
  let parsed: ipaddr.IPv4 | ipaddr.IPv6;
  try {
    parsed = ipaddr.parse(address.replace(/%.*$/, ""));
  } catch {
    return address;
  }
  if (parsed.kind() === "ipv4") return parsed.toString();
  const bytes = parsed.toByteArray();
  const hex = Buffer.from(bytes).toString("hex");
  // IPv4-mapped, IPv4-compatible and translated (RFC 6052) addresses end in the IPv4 one.
  const wraps =
    /^0{20}ffff/.test(hex) ||
    (/^0{24}/.test(hex) && !/^0{30}0[01]$/.test(hex)) ||
    hex.startsWith("0064ff9b0000000000000000") ||
    /^0{16}ffff0000/.test(hex);
  return wraps ? bytes.slice(12).join(".") : parsed.toNormalizedString();
}

/** Whether an address leads to this machine. */
export function isOwnAddress(address: string): boolean {
  const wanted = canonical(address);
  if (/^(127|0)\./.test(wanted) || wanted === canonical("::1") || wanted === canonical("::")) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((own) => canonical(own.address) === wanted));
}

/**
 * Whether a debugger may be listening there.
 * @param address one that the host of the request resolved to
 * @param endpoints of this and of every session on record
 */
export async function isDebuggingEndpoint(
  address: string,
  port: number,
  endpoints: readonly DebuggingEndpoint[],
): Promise<boolean> {
  const onPort = endpoints.filter((endpoint) => endpoint.port === port);
  if (onPort.length === 0) return false;
  const own = isOwnAddress(address);
  for (const { host } of onPort) {
    const listening = await resolveHost(host).catch(() => []);
    if (listening.some((each) => canonical(each.address) === canonical(address) || (own && isOwnAddress(each.address))))
      return true;
    // A name that cannot be resolved any more may have been this machine's.
    if (listening.length === 0 && own) return true;
  }
  return false;
}
