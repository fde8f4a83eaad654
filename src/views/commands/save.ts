/** Save a session's login as a profile, for later sessions. */
import * as vscode from "vscode";
import { assertProfileName, parseSites } from "../../sessions/store/profiles.js";
import { save as saveProfile } from "../../sessions/operations/save.js";
import { askInSteps, askText, back, cancelled, type Step } from "../inputs/multiStep.js";
import { problemOf } from "../inputs/workflowSteps.js";
import { type CommandContext, needTrust, sessionFor, withProgress } from "./command.js";

const { t } = vscode.l10n;

/** What the steps gather. */
interface SaveDraft {
  sites: string;
  profile: string;
}

export async function save(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, { title: t("Save Profile"), takeOnly: true });
  if (!ref) return;
  const { name, state } = ref.record;
  const host = URL.canParse(state?.url ?? "") ? new URL(state?.url ?? "").hostname : "";
  const draft = await askInSteps<SaveDraft>(t("Save Profile"), { sites: host, profile: host.replace(/^www\./, "") }, [
    askSites,
    askProfile,
  ]);
  if (!draft) return;
  const saved = await withProgress(
    t("Saving the login of {0} …", name),
    () => saveProfile(ref.root.context, { session: name, profile: draft.profile, sites: draft.sites }),
    { cancellable: false },
  );
  vscode.window.setStatusBarMessage(
    t("Profile {0} is saved: {1} cookies, storage of {2} sites.", saved.profile, saved.cookies, saved.origins.length),
    5_000,
  );
}

const askSites: Step<SaveDraft> = async (draft, place) => {
  const answer = await askText({
    place,
    prompt: t("Sites whose cookies and storage are saved, separated by commas; subdomains belong to them"),
    value: draft.sites,
    check: (typed) => problemOf(() => void parseSites(typed)),
  });
  if (answer === back || answer === cancelled) return answer;
  draft.sites = answer;
};

const askProfile: Step<SaveDraft> = async (draft, place) => {
  const answer = await askText({
    place,
    prompt: t("Name of the profile; one of that name is replaced"),
    value: draft.profile,
    check: (typed) => problemOf(() => assertProfileName(typed.trim())),
  });
  if (answer === back || answer === cancelled) return answer;
  draft.profile = answer;
};
