/** The questions before a workflow is run. */
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/util/errors.js";
import { describeInput, exampleInput, type InspectedWorkflow } from "../../sessions/operations/inspectWorkflow.js";
import { askPick, askText, back, cancelled, type Step } from "./multiStep.js";

const { t } = vscode.l10n;

/**
 * The workflow's parameters, as JSON.
 * @param last what was typed the last time
 * @param inspect checks parameters against the workflow's schema
 */
export function askInput(
  { schema }: InspectedWorkflow,
  last: string | undefined,
  inspect: (input: unknown) => Promise<InspectedWorkflow>,
): Step<{ input: unknown; json: string | undefined }> {
  return async (draft, place) => {
    const described = describeInput(schema);
    const answer = await askText({
      place,
      prompt: described === "" ? t("Parameters, as JSON") : t("Parameters, as JSON: {0}", described),
      value: draft.json ?? last ?? JSON.stringify(exampleInput(schema)),
      check: (typed) =>
        problemOf(
          () => void JSON.parse(typed),
          (reason) => t("This is not valid JSON: {0}", reason),
        ),
      checkLate: async (typed) => {
        try {
          return (await inspect(JSON.parse(typed))).problem;
        } catch (thrown) {
          return LibrettoError.from(thrown).message;
        }
      },
    });
    if (answer === back || answer === cancelled) return answer;
    draft.json = answer;
    draft.input = JSON.parse(answer) as unknown;
  };
}

/** What becomes of the session after success. */
export function askEnd(): Step<{ stayOpen: boolean }> {
  return async (draft, place) => {
    const answer = await askPick<"close" | "stay">({
      place,
      placeholder: t("When the workflow is done, its session …"),
      active: draft.stayOpen ? "stay" : "close",
      items: () => [
        {
          label: `$(close) ${t("… is closed")}`,
          detail: t("After a failure it stays open in any case."),
          value: "close",
        },
        { label: `$(eye) ${t("… stays open")}`, detail: t("To look around, or to save its login."), value: "stay" },
      ],
    });
    if (answer === back || answer === cancelled) return answer;
    draft.stayOpen = answer === "stay";
  };
}

/** What an attempt fails with, in words; undefined if it succeeds. */
export function problemOf(
  attempt: () => void,
  words: (reason: string) => string = (reason) => reason,
): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (thrown) {
    return words(LibrettoError.from(thrown).message);
  }
}
