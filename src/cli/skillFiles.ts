/** The skill file for coding agents: where it goes, and whether what lies there is what this version would write. */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../sessions/store/workspace.js";
import { LibrettoError } from "../sessions/util/errors.js";
import { replaceFile } from "../sessions/util/replaceFile.js";

/** Folders of a project in which agents look for skills; each lies in one that its agent makes. */
const skillFolders = { claude: ".claude/skills", agents: ".agents/skills", github: ".github/skills" } as const;
export type SkillFolder = keyof typeof skillFolders;
export const skillFolderNames = Object.keys(skillFolders) as SkillFolder[];

export type SkillStatus = "current" | "stale" | "none";

/** Where the file lies below the project. */
export const skillPath = (folder: SkillFolder): string => `${skillFolders[folder]}/libretto/SKILL.md`;

/** What is shipped with the program. @param name `SKILL.md`, or the guide that it points to */
export const shippedSkill = (name: "SKILL.md" | "guide.md"): string =>
  readFileSync(join(__dirname, "..", "media", "skills", "libretto", name), "utf8");

export function skillStatus(root: string, folder: SkillFolder): SkillStatus {
  try {
    return readFileSync(join(root, skillPath(folder)), "utf8") === shippedSkill("SKILL.md") ? "current" : "stale";
  } catch {
    return "none";
  }
}

/** Whether the agent's own folder is there, such as `.claude`. */
export function isUsed(root: string, folder: SkillFolder): boolean {
  const [first = ""] = skillFolders[folder].split("/");
  return lstatSync(join(root, first), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Writes the file, and follows no link on the way. @returns what was there before. @throws `Failed` */
export function writeSkill(root: string, folder: SkillFolder): SkillStatus {
  const before = skillStatus(root, folder);
  const parts = skillPath(folder).split("/");
  for (let count = 1; count <= parts.length; count++) {
    const path = join(root, ...parts.slice(0, count));
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
      throw new LibrettoError(
        "Failed",
        `${path} is a link, and nothing is written through it.`,
        "Make it a folder, or choose another one: `libretto skills add agents`.",
      );
  }
  makeFolder(join(root, ...parts.slice(0, -1)));
  if (before !== "current") replaceFile(join(root, ...parts), shippedSkill("SKILL.md"));
  return before;
}
