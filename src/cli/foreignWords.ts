/** Commands and options of other programs called libretto that this one does not have, and what to use instead. */

const hosting =
  "Libretto runs on your own machines: put `libretto run <file>` into a job of theirs, or take a browser of a provider with `libretto run <file> --cdp <endpoint>`.";
const provider =
  "A browser of a provider is taken by its address: `run --cdp <endpoint>`, `connect <endpoint>`, or `--grid <url>`.";
const pointer = "The live view in VS Code shows what is done, and `libretto logs` tells it.";

const commands: Readonly<Record<string, string>> = {
  cloud: hosting,
  deploy: hosting,
  experiments: "What there is, is on: `libretto --help` lists it.",
  "import-chrome-profiles":
    "Take the login out of the running browser: `libretto connect chrome`, then `libretto save <name> --session <name> --sites <list>`.",
  search: 'Read the page: `libretto snapshot`, or `libretto readonly-exec "await page.content()"` and `grep`.',
  update: "Update the package as you installed it: `npm install libretto@latest`.",
};

const options: Readonly<Record<string, string>> = {
  provider,
  visualize: pointer,
  "no-visualize": `Leave it out: nothing is drawn into the page. ${pointer}`,
  "diff-snapshot": "`libretto act` prints what a step changed; after `exec`, `libretto snapshot` shows the page.",
};

/** What to use in place of that command; undefined for one that nobody has. */
export function insteadOfCommand(word: string): string | undefined {
  return Object.hasOwn(commands, word) ? commands[word] : undefined;
}

/** What to use in place of that option, with or without its dashes. */
export function insteadOfOption(option: string): string | undefined {
  const name = option.replace(/^-+/, "").replace(/=.*$/, "");
  return Object.hasOwn(options, name) ? options[name] : undefined;
}
