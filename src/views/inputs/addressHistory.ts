/** Addresses that were opened, the last one first. */
import type { Memento } from "vscode";

const limit = 20;

export class AddressHistory {
  constructor(
    private readonly memory: Memento,
    private readonly kind: "pages" | "endpoints" = "pages",
  ) {}

  all(): string[] {
    return this.memory.get<string[]>(`history:${this.kind}`, []);
  }

  /** Keeps an address. Passwords in it, and pages that are their own address, are not kept. */
  async add(address: string): Promise<void> {
    if (address.startsWith("data:")) return;
    const url = new URL(address);
    url.username = "";
    url.password = "";
    const kept = url.href;
    await this.memory.update(`history:${this.kind}`, [kept, ...this.all().filter((other) => other !== kept)].slice(0, limit));
  }
}
