/** What a read costs where many go through one process (`batch`): one after another, and all at once. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { cliPath, Workspace } from "../test/support/cli.js";
import { Site } from "../test/support/site.js";
import { median, timedEnvironment, type Figure } from "./figures.js";

const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 20);
const reads = 500;

export async function run(): Promise<Figure[]> {
  await using site = await Site.start();
  const workspace = new Workspace("bench-batch");
  delete workspace.env["LIBRETTO_SPARE_MS"];
  try {
    await workspace.open(site.url("/elements"), "--read-only", "--session", "bench");
    const batch = new Batch(workspace);
    await batch.read();
    const inRow: number[] = [];
    const atOnce: number[] = [];
    for (let round = -1; round < Math.max(3, rounds / 4); round++) {
      const began = performance.now();
      for (let read = 0; read < reads; read++) await batch.read();
      const between = performance.now();
      await Promise.all(Array.from({ length: reads }, () => batch.read()));
      if (round < 0) continue;
      inRow.push((between - began) / reads);
      atOnce.push((reads / (performance.now() - between)) * 1_000);
    }
    await batch.end();
    return [
      { what: "a read through batch, one after another", measured: median(inRow), unit: "ms", budget: 1.5 },
      {
        what: "reads through batch, all at once",
        measured: median(atOnce),
        unit: "a second",
        budget: 1_000,
        atLeast: true,
      },
    ];
  } finally {
    await workspace.cli(["close", "--all"]);
    await workspace.dispose();
  }
}

/** `libretto batch`, as a program that reads much would use it. */
class Batch {
  readonly #child;
  readonly #waiting = new Map<number, () => void>();
  #ids = 0;

  constructor(workspace: Workspace) {
    this.#child = spawn(process.execPath, [cliPath, "batch"], {
      env: timedEnvironment(workspace.env),
      cwd: workspace.folder,
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const { id, status } = JSON.parse(line) as { id: number; status: number };
      if (status !== 0) throw new Error(line);
      this.#waiting.get(id)?.();
      this.#waiting.delete(id);
    });
  }

  read(): Promise<void> {
    const id = ++this.#ids;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      const args = ["readonly-exec", "--session", "bench", "return await page.title()"];
      this.#child.stdin.write(`${JSON.stringify({ id, args })}\n`);
    });
  }

  async end(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.on("exit", resolve));
    this.#child.stdin.end();
    await exited;
  }
}
