import { usageError } from "../../sessions/util/errors.js";
import type { Command, Output } from "../command.js";
import {
  isUsed,
  shippedSkill,
  skillFolderNames,
  skillPath,
  skillStatus,
  writeSkill,
  type SkillFolder,
} from "../skillFiles.js";

export const command: Command = {
  usage: "add [claude | agents | github …] | get | status",
  positionals: {
    min: 1,
    max: 4,
    names: "add, get or status",
    complete: ["add", "get", "status", ...skillFolderNames],
  },
  options: {},
  details: [
    "add     writes a short skill file for coding agents into the workspace: .claude/skills, .agents/skills or",
    "        .github/skills; where none is named, into those whose folder is there, else .agents/skills",
    "get     prints the guide that the file points to, as it fits this version",
    "status  tells where the file is, and where it is stale; exit status 1 where it is",
    "The file lets an agent run commands that only look, without asking. It opens nothing and unlocks nothing.",
  ].join("\n"),
  examples: ["libretto skills add", "libretto skills add claude", "libretto skills get", "libretto skills status"],
  run(call) {
    const [word = "", ...rest] = call.positionals;
    const { root } = call.context.workspace;
    if (word === "add") return add(root, rest);
    if (rest.length > 0)
      throw usageError(`skills ${word} takes no argument ${JSON.stringify(rest[0])}.`, "Leave it out.");
    if (word === "get") return { text: shippedSkill("guide.md").trimEnd(), json: { guide: shippedSkill("guide.md") } };
    if (word === "status") return status(root);
    throw usageError(
      `skills takes add, get or status, not ${JSON.stringify(word)}.`,
      "For example: libretto skills add.",
    );
  },
};

function add(root: string, given: string[]): Output {
  const wrong = given.find((word) => !(skillFolderNames as string[]).includes(word));
  if (wrong !== undefined)
    throw usageError(
      `skills add takes ${skillFolderNames.join(", ")}, not ${JSON.stringify(wrong)}.`,
      "For example: libretto skills add claude.",
    );
  const used = skillFolderNames.filter((folder) => isUsed(root, folder));
  const folders = given.length > 0 ? (given as SkillFolder[]) : used.length > 0 ? used : (["agents"] as const);
  const written = folders.map((folder) => ({ folder, path: skillPath(folder), before: writeSkill(root, folder) }));
  const said = { none: "written", stale: "brought up to date", current: "is current" } as const;
  return {
    text: written.map(({ path, before }) => `${path} ${said[before]}`).join("\n"),
    json: {
      root,
      skills: written.map(({ folder, path, before }) => ({ folder, path, written: before !== "current" })),
    },
  };
}

function status(root: string): Output {
  const found = skillFolderNames.map((folder) => ({
    folder,
    path: skillPath(folder),
    status: skillStatus(root, folder),
  }));
  const there = found.filter((skill) => skill.status !== "none");
  const stale = there.some((skill) => skill.status === "stale");
  const said = {
    none: "",
    stale: "is stale: `libretto skills add` brings it up to date",
    current: "is current",
  } as const;
  return {
    text:
      there.length === 0
        ? "No skill file is in this workspace. Write one: libretto skills add"
        : there.map((skill) => `${skill.path} ${said[skill.status]}`).join("\n"),
    json: { root, skills: found },
    ...(stale ? { exitStatus: 1 } : {}),
  };
}
