/** Addresses that were opened, the last one first. */
import type { Memento } from "vscode";
import { Redactor } from "../../sessions/logs/redact.js";

const limit = 20;

export class AddressHistory {
  constructor(
    private readonly memory: Memento,
    private readonly kind: "pages" | "endpoints" = "pages",
  ) {}

  all(): string[] {
    return this.memory.get<string[]>(`history:${this.kind}`, []);
  }

  /** Keeps an address, without passwords in it; not one that holds a token, nor a page that is its own address. */
  async add(address: string): Promise<void> {
    if (address.startsWith("data:")) return;
    const url = new URL(address);
    url.username = "";
    url.password = "";
    const kept = url.href;
    if (new Redactor().url(kept) !== kept) return;
    await this.memory.update(
      `history:${this.kind}`,
      [kept, ...this.all().filter((other) => other !== kept)].slice(0, limit),
    );
  }
}
