/** Wires to the tests' own browsers, of the product's own making, each of which ends with its only channel. */
import { CdpConnection } from "../../src/sessions/host/wire/cdp.js";
import type { Channel, ChannelOptions } from "../../src/sessions/host/wire/channel.js";
import type { WireMessage } from "../../src/sessions/host/wire/message.js";
import { PlaywrightBridge } from "../../src/sessions/host/wire/playwrightBridge.js";
import { WebSocketTransport } from "../../src/sessions/host/wire/webSocketTransport.js";
import { Wire } from "../../src/sessions/host/wire/wire.js";

/** A channel of a wire of its own. */
export async function openChannel(endpoint: string, kind: ChannelOptions["kind"] = "drives"): Promise<Channel> {
  const wire = new Wire(await WebSocketTransport.connect(endpoint, 10_000));
  const channel = await wire.openChannel({ kind, name: "test" });
  channel.close = () => wire.close();
  return channel;
}

export async function connectCdp(endpoint: string): Promise<CdpConnection> {
  return new CdpConnection(await openChannel(endpoint, "reads"));
}

export function bridgeTo(endpoint: string, purpose: ChannelOptions["kind"]): PlaywrightBridge {
  return new PlaywrightBridge(() => openChannel(endpoint, purpose), purpose);
}

/**
 * A channel whose messages a test passes on, or holds back.
 * @param send what becomes of what its user sends
 * @param receive what becomes of what the browser says; `onmessage` of the returned channel is its user
 */
export function interceptedChannel(
  channel: Channel,
  send: Channel["send"],
  receive: (message: WireMessage) => void,
): Channel {
  const intercepted: Channel = {
    kind: channel.kind,
    name: channel.name,
    isFar: channel.isFar,
    get buffered() {
      return channel.buffered;
    },
    onmessage: () => undefined,
    onclose: () => undefined,
    close: () => channel.close(),
    send,
  };
  channel.onmessage = receive;
  channel.onclose = (reason) => intercepted.onclose(reason);
  return intercepted;
}
