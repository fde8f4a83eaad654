/** Stacks that code prints or returns, as the author of the code wants them. */

/** A frame of this program, with those of Node that follow it. */
const ownFrames = new RegExp(
  `(?:\\n +at [^\\n]*${__filename.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}[^\\n]*(?:\\n +at [^\\n]*\\(node:[^\\n]*)*)+`,
  "g",
);

/** Leaves out the frames of this program: they say nothing of the code that it ran. */
export function withoutOwnFrames(text: string): string {
  return text.includes(__filename) ? text.replace(ownFrames, "") : text;
}
