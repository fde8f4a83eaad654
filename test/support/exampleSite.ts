/** The site of the example workflows, on a port of its own. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { repositoryRoot } from "./cli.js";

export interface ExampleSite {
  /** Its address, which the examples take from `EXAMPLE_SITE`. */
  readonly address: string;
  /** Every order that was sent, the oldest first. */
  orders(): Promise<Record<string, string>[]>;
  close(): Promise<void>;
}

export async function startExampleSite(): Promise<ExampleSite> {
  const server = fork(join(repositoryRoot, "examples", "workflows", "site.mjs"), ["0"], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const address = await new Promise<string>((resolve) =>
    server.stdout?.once("data", (text: Buffer) => resolve(text.toString().trim())),
  );
  return {
    address,
    orders: async () => (await (await fetch(`${address}/orders`)).json()) as Record<string, string>[],
    close: async () => {
      const gone = once(server, "close");
      server.kill();
      await gone;
    },
  };
}
