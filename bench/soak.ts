/** `npm run soak`: the figures of a long soak, and whether anything grew. */
import { growthOf, soak } from "../test/support/soak.js";

/** @returns what grew */
export async function run(cycles: number): Promise<string[]> {
  const began = Date.now();
  console.log("cycle  processes  descriptors  host MB  temp files  seconds");
  const samples = await soak(cycles, Math.max(1, Math.round(cycles / 20)), (sample) => {
    const { cycle, processes, descriptors, hostMb, tempFiles } = sample;
    const seconds = Math.round((Date.now() - began) / 1000);
    console.log(
      [
        String(cycle).padStart(5),
        String(processes).padStart(9),
        String(descriptors).padStart(11),
        hostMb.toFixed(1).padStart(7),
        String(tempFiles).padStart(10),
        String(seconds).padStart(7),
      ].join("  "),
    );
  });
  return growthOf(samples);
}
