/** The site and the workspace that a describe block works with, started before its tests and ended after them. */
import { Workspace } from "./cli.js";
import { Witness } from "./browser.js";
import { Site } from "./site.js";

export interface Fixtures {
  readonly site: Site;
  readonly workspace: Workspace;
  /** A second connection to the browser of a session; closed at the end. */
  witness(session: string): Promise<Witness>;
}

/**
 * Call it inside a `describe`.
 * @param label goes into the paths of what is started, so that a process left behind tells its origin
 * @param workspaces `each`: every test has a workspace of its own; `shared`: all tests of the block have one
 */
export function useFixtures(label: string, workspaces: "each" | "shared" = "shared"): Fixtures {
  let site: Site | undefined;
  let workspace: Workspace | undefined;
  let witnesses: Witness[] = [];
  const open = (): void => void (workspace = new Workspace(label));
  const close = async (): Promise<void> => {
    for (const witness of witnesses) witness[Symbol.dispose]();
    witnesses = [];
    await workspace?.dispose();
    workspace = undefined;
  };
  before(async () => {
    site = await Site.start();
  });
  if (workspaces === "each") {
    beforeEach(() => {
      open();
      site?.forget();
    });
    afterEach(close);
  } else {
    before(open);
    after(close);
  }
  after(() => site?.close());
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("Fixtures are there only while tests run.");
    return value;
  };
  return {
    get site() {
      return present(site);
    },
    get workspace() {
      return present(workspace);
    },
    async witness(session) {
      const witness = await Witness.connect(present(workspace).requireState(session).cdpEndpoint);
      witnesses.push(witness);
      return witness;
    },
  };
}
