/**
 * Ends this process where its thread spins: it answers nobody then, no signal but SIGKILL reaches it, and it would burn a
 * core for good. Its browser stays, and the next command starts another host for it. A thread of its own watches; it goes
 * by processor time, so that a process that was stopped, or got no turn on a loaded machine, is left alone.
 */
import { Worker } from "node:worker_threads";

/** Processor time in ms that one turn of the event loop may take. */
const limitMs = 15_000;
/** Both threads wake up so often: it is most of what a host costs that nobody uses. */
const beatMs = 2_000;

/** Begins to watch. It is no reason for the process to stay. @returns stops */
export function startSpinGuard(maxTurnMs = limitMs): () => void {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const beating = setInterval(() => Atomics.add(beats, 0, 1), beatMs).unref();
  const thread = new Worker(
    `const { workerData: { beats, maxTurnMs, beatMs } } = require("node:worker_threads");
     const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
     let seen = -1, since = used();
     setInterval(() => {
       const now = Atomics.load(beats, 0);
       if (now !== seen) { seen = now; since = used(); return; }
       if (used() - since < maxTurnMs) return;
       try { require("node:fs").writeSync(2, "The host worked on one thing for " + Math.round(maxTurnMs / 1000) + " s of processor time, answered nobody, and was ended.\\n"); } catch {}
       process.kill(process.pid, "SIGKILL");
     }, beatMs);`,
    {
      eval: true,
      stdout: false,
      workerData: { beats, maxTurnMs, beatMs },
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 4, stackSizeMb: 1 },
    },
  );
  // Without a thread to be had the session goes on unwatched.
  thread.on("error", () => undefined);
  thread.unref();
  return () => {
    clearInterval(beating);
    void thread.terminate();
  };
}
