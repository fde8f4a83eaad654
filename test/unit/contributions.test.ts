import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import {
  ColorId,
  CommandId,
  contextKeyNames,
  McpProviderId,
  PanelType,
  settingNames,
  ViewId,
  walkthroughId,
} from "../../src/views/contributions.js";

interface Manifest {
  name: string;
  publisher: string;
  icon: string;
  main: string;
  extensionKind: string[];
  activationEvents: string[];
  contributes: {
    commands: { command: string; title: string; category: string; enablement?: string; icon?: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    keybindings: { command: string }[];
    views: Record<string, { id: string }[]>;
    viewsContainers: { activitybar: { icon: string }[] };
    viewsWelcome: { contents: string; when: string }[];
    configuration: { properties: Record<string, { markdownDescription: string }> };
    colors: { id: string; defaults: Record<string, string> }[];
    walkthroughs: {
      id: string;
      steps: { description: string; media: { svg: string }; completionEvents: string[] }[];
    }[];
    grammars: { path: string }[];
    mcpServerDefinitionProviders: { id: string }[];
    chatSkills: { path: string }[];
  };
}

const text = readFileSync("package.json", "utf8");
const manifest = JSON.parse(text) as Manifest;
const strings = JSON.parse(readFileSync("package.nls.json", "utf8")) as Record<string, string>;
const { contributes } = manifest;
const commands = new Set<string>(Object.values(CommandId));

describe("the manifest and the code name the same things", () => {
  it("commands", () =>
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), [...commands].sort()));
  it("settings", () =>
    assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), [...settingNames].sort()));
  it("A5: the provider of MCP servers, and the skill for agents that is there", () => {
    assert.deepEqual(
      contributes.mcpServerDefinitionProviders.map(({ id }) => id),
      [McpProviderId],
    );
    for (const { path } of contributes.chatSkills) assert.ok(existsSync(path), path);
  });
  it("views", () =>
    assert.deepEqual(
      Object.values(contributes.views)
        .flat()
        .map(({ id }) => id),
      Object.values(ViewId),
    ));
  it("colours, each for every kind of theme", () => {
    assert.deepEqual(contributes.colors.map(({ id }) => id).sort(), Object.values(ColorId).sort());
    for (const { defaults } of contributes.colors)
      assert.deepEqual(Object.keys(defaults).sort(), ["dark", "highContrast", "highContrastLight", "light"]);
  });
  it("the walkthrough, of four steps", () => {
    const [walkthrough] = contributes.walkthroughs;
    assert.equal(`${manifest.publisher}.${manifest.name}#${walkthrough?.id}`, walkthroughId);
    assert.equal(walkthrough?.steps.length, 4);
  });

  it("every menu, key and link leads to a command that exists", () => {
    for (const { command } of [...Object.values(contributes.menus).flat(), ...contributes.keybindings])
      assert.ok(commands.has(command), command);
    for (const [, id = ""] of [text, ...Object.values(strings)].join("\n").matchAll(/command:(libretto\.\w+)/g))
      assert.ok(commands.has(id), id);
  });

  it("must show 1: every command is called in a real VS Code by some test, by its id or by its title", () => {
    const tests = ["test/host", "test/e2e"]
      .flatMap((folder) => readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8")))
      .join("\n");
    const title = (key: string): string => (strings[key.slice(1, -1)] ?? key).replace(/…$/, "");
    assert.deepEqual(
      contributes.commands
        .filter((one) => !tests.includes(`"${one.command}"`) && !tests.includes(title(one.title)))
        .map(({ command }) => command),
      [],
    );
  });

  it("every context key that a condition asks for is one that is set", () => {
    const ours = /\blibretto\.(?!sessions\b|libretto\b)(\w+)\s*(?:[!=<>]|$)/g;
    const conditions = [
      ...contributes.commands.map(({ enablement }) => enablement),
      ...Object.values(contributes.menus)
        .flat()
        .map(({ when }) => when),
      ...contributes.viewsWelcome.map(({ when }) => when),
    ];
    for (const condition of conditions)
      for (const [, key = ""] of (condition ?? "").matchAll(ours))
        assert.ok(
          (contextKeyNames as readonly string[]).includes(`libretto.${key}`),
          `libretto.${key} in ${condition}`,
        );
  });
});

describe("what the menu of a session offers", () => {
  /** By the part of each condition that is about the session. */
  const offeredTo = (viewItem: string): Set<string> =>
    new Set(
      (contributes.menus["view/item/context"] ?? [])
        .filter(({ when = "" }) => {
          const pattern = /viewItem =~ \/(.+?)\/(?: &&|$)/.exec(when)?.[1];
          assert.ok(pattern !== undefined || /viewItem == \w+$/.test(when), when);
          return pattern !== undefined && new RegExp(pattern).test(viewItem);
        })
        .map(({ command }) => command.replace("libretto.", "")),
    );
  const looks = ["openLiveView", "snapshot", "pages", "logs", "readonlyExec", "openTerminal"];
  const drives = ["exec", "act"];
  const always = ["exportActions", "copyName"];
  const cases: [what: string, viewItem: string, offered: string[]][] = [
    ["read-only", "session;live;read-only;launched", [...looks, "giveWriteAccess", "requestAccess", "save", "close"]],
    [
      "read-only, asking",
      "session;live;read-only;launched;asks",
      [...looks, "giveWriteAccess", "requestAccess", "reviewAccessRequest", "save", "close"],
    ],
    ["S26: locked for life", "session;live;read-only;launched;locked", [...looks, "save", "close"]],
    [
      "S26: locked for life, with a workflow that pauses",
      "session;live;read-only;run;locked;workflow;paused",
      [...looks, "resume", "step", "stop", "save", "close"],
    ],
    ["of write access", "session;live;write-access;connected", [...looks, ...drives, "makeReadOnly", "save", "close"]],
    [
      "whose workflow runs",
      "session;live;write-access;run;workflow;running",
      [...looks, ...drives, "stop", "makeReadOnly", "save", "close"],
    ],
    [
      "whose workflow is over",
      "session;live;write-access;run;workflow;over",
      [...looks, ...drives, "runAgain", "makeReadOnly", "save", "close"],
    ],
    [
      "read-only, whose workflow is over",
      "session;live;read-only;run;workflow;over",
      [...looks, "giveWriteAccess", "requestAccess", "save", "close"],
    ],
    ["that has ended", "session;ended;record;workflow;over", ["logs", "runAgain", "openAgain", "close"]],
    ["that is closed", "session;ended;logs", ["logs", "openAgain"]],
    ["whose record is broken", "session;broken", ["logs", "close"]],
  ];
  for (const [what, viewItem, offered] of cases)
    it(`V2: ${what}`, () => assert.deepEqual([...offeredTo(viewItem)].sort(), [...offered, ...always].sort()));
});

describe("the manifest is ready for translation and for the package", () => {
  it("every text of the manifest is in package.nls.json, and nothing else is", () => {
    const used = new Set([...text.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key));
    assert.deepEqual([...used].sort(), Object.keys(strings).sort());
  });
  it("every text that the code shows is on the sheet for translators", () => {
    const { status, stderr } = spawnSync(process.execPath, ["scripts/strings.mjs", "--check"], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
  it("every picture and file that it names is there", () => {
    const files = [
      manifest.icon,
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.grammars.map(({ path }) => path),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg)),
    ];
    for (const file of files) assert.ok(existsSync(file), file);
  });
  it("it runs where the workspace is, and nothing waits for it at start", () => {
    assert.deepEqual(manifest.extensionKind, ["workspace"]);
    assert.deepEqual(manifest.activationEvents, [
      "onStartupFinished",
      ...Object.values(PanelType).map((type) => `onWebviewPanel:${type}`),
    ]);
  });
  it("code in the walkthrough stands between two backticks, as VS Code reads it there", () => {
    for (const [key, one] of Object.entries(strings))
      if (key.startsWith("walkthrough.")) assert.doesNotMatch(one, /(?<!`)`(?!`)/, key);
  });
  it("every setting has a description", () => {
    for (const [name, { markdownDescription }] of Object.entries(contributes.configuration.properties))
      assert.match(markdownDescription, /^%setting\./, name);
  });
});
