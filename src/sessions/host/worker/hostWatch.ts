/**
 * Ends this process when its host is gone. The channel's `disconnect` tells of that, but code that never yields
 * never lets it be heard; so a thread of its own looks once a second. A process whose parent died gets another
 * parent; Windows keeps the old number, which then names nobody.
 */
import { Worker } from "node:worker_threads";

export function endWithHost(): void {
  const thread = new Worker(
    `const host = process.ppid;
     setInterval(() => {
       let alive = process.ppid === host;
       try { process.kill(host, 0); } catch (error) { alive &&= error.code === "EPERM"; }
       if (!alive) process.kill(process.pid, "SIGKILL");
     }, 1000);`,
    {
      eval: true,
      stdout: false,
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 4, stackSizeMb: 1 },
    },
  );
  thread.unref();
}
