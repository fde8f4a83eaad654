/** The questions of open and connect. */
import * as vscode from "vscode";
import { generateName } from "../../sessions/operations/generatedNames.js";
import { isReservedFileName, isSessionName } from "../../sessions/model/names.js";
import type { AccessMode } from "../../sessions/model/policy.js";
import type { ProfileSummary } from "../../sessions/store/profiles.js";
import { isLive } from "../../sessions/store/records.js";
import type { WorkspaceRoot } from "../model.js";
import { runningBrowsers } from "../../sessions/browser/runningBrowser.js";
import { checkEndpoint, checkPageAddress, type CheckedAddress } from "./address.js";
import type { AddressHistory } from "./addressHistory.js";
import { askPick, askText, back, cancelled, type Pick, type Step } from "./multiStep.js";

const { t } = vscode.l10n;
/** Stands for an empty page. */
const blank = "about:blank";

/** Which page: what is typed, what the clipboard holds, what was opened before, or none. */
export function askAddress(root: WorkspaceRoot, history: AddressHistory): Step<{ url: string | undefined }> {
  return async (draft, place) => {
    const check = (typed: string): CheckedAddress => checkPageAddress(typed, root.workspace.root, t);
    const clipboard = new Clipboard((text) => /^https?:\/\//i.test(text));
    const answer = await askPick<string>({
      place,
      placeholder: t("Address of the page, such as https://example.com or localhost:3000"),
      typed: true,
      value: draft.url === blank ? undefined : draft.url,
      later: clipboard.read,
      items: (typed) => [
        ...typedLine(typed, check),
        ...offers(
          [
            { address: clipboard.text, from: t("from the clipboard") },
            ...history.all().map((address) => ({ address, from: t("opened before") })),
          ],
          typed,
        ),
        ...(typed === "" ? [{ label: `$(file) ${t("An empty page")}`, value: blank }] : []),
      ],
    });
    if (answer === back || answer === cancelled) return answer;
    draft.url = answer;
  };
}

/** Which debugging port. */
export function askEndpoint(history: AddressHistory): Step<{ endpoint: string }> {
  return async (draft, place) => {
    const clipboard = new Clipboard((text) => /^(wss?|https?):\/\/\S+:\d+/i.test(text));
    const answer = await askPick<string>({
      place,
      placeholder: t(
        "Address of its debugging port, such as ws://localhost:9222; a number alone is a port of this machine",
      ),
      typed: true,
      value: draft.endpoint,
      later: clipboard.read,
      items: (typed) => [
        ...typedLine(typed, (text) => checkEndpoint(text, t)),
        ...offers(
          [
            { address: clipboard.text, from: t("from the clipboard") },
            ...runningBrowsers(process.env).map((address) => ({
              address,
              from: t("your own, which allows debugging"),
            })),
            ...history.all().map((address) => ({ address, from: t("connected before") })),
          ],
          typed,
        ),
        ...(typed === "" && history.all().length === 0
          ? [
              {
                label: "http://127.0.0.1:9222",
                description: t("where Chrome listens with --remote-debugging-port=9222"),
                value: "http://127.0.0.1:9222",
              },
            ]
          : []),
      ],
    });
    if (answer === back || answer === cancelled) return answer;
    draft.endpoint = answer;
  };
}

/** What it is called: a free name is offered. */
export function askName(root: WorkspaceRoot): Step<{ name: string }> {
  return async (draft, place) => {
    const answer = await askText({
      place,
      prompt: t("Name of the session: 1 to 64 of A-Z a-z 0-9 . _ -"),
      value: draft.name === "" ? generateName((name) => root.get(name) !== undefined) : draft.name,
      check: (typed) => nameProblem(root, typed.trim()),
    });
    if (answer === back || answer === cancelled) return answer;
    draft.name = answer;
  };
}

function nameProblem(root: WorkspaceRoot, name: string): string | undefined {
  if (isReservedFileName(name)) return t("Windows keeps that name for itself; choose another one.");
  if (!isSessionName(name)) return t("Use 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or a digit.");
  const record = root.get(name);
  if (record && isLive(record)) return t("A session {0} is live; choose another name, or close it first.", name);
  if (record?.liveness === "broken")
    return t("The record of {0} cannot be read; choose another name, or close it first.", name);
  return undefined;
}

/** What it may be used for. */
export function askMode(placeholder: string): Step<{ mode: AccessMode }> {
  return async (draft, place) => {
    const answer = await askPick<AccessMode>({
      place,
      placeholder,
      active: draft.mode,
      items: () => [
        {
          label: `$(lock) ${t("Read-only")}`,
          description: "RO",
          detail: t("Code can look at everything and change nothing. Can be lifted later."),
          value: "read-only",
        },
        {
          label: `$(edit) ${t("Write access")}`,
          description: "RW",
          detail: t("Code may click, type and navigate."),
          value: "write-access",
        },
      ],
    });
    if (answer === back || answer === cancelled) return answer;
    draft.mode = answer;
  };
}

/** Where the browser runs and how it looks, as it is chosen. */
export interface BrowserPlace {
  headless: boolean;
  sealed: boolean;
  /** On the Grid of the configuration. */
  grid: boolean;
}

/** The core's options for what was chosen: what is about a browser of this machine is not said to a Grid. */
export function optionsOf(
  { headless, sealed, grid }: BrowserPlace,
  hasGrid: boolean,
): { headless?: boolean; sealed: boolean; grid?: "none" } {
  return grid ? { sealed: false } : { headless, sealed, ...(hasGrid ? { grid: "none" } : {}) };
}

type BrowserLook = "visible" | "headless" | "visible, sealed" | "headless, sealed" | "grid";

/**
 * Where the browser runs, where the configuration names a Selenium Grid; whether a window is shown, and whether the browser is sealed (S23), where the system can do that. Without a display
 * no window can be chosen, and a line says why.
 */
export function askWindow(display: boolean, gridUrl?: string): Step<BrowserPlace> {
  return async (draft, place) => {
    const answer = await askPick<BrowserLook>({
      place,
      placeholder: gridUrl === undefined ? t("Should the browser have a window?") : t("Where should the browser run?"),
      active: draft.grid ? "grid" : `${draft.headless ? "headless" : "visible"}${draft.sealed ? ", sealed" : ""}`,
      items: () => {
        const reach = t("No debugging port: nothing but this session can reach the browser.");
        const canSeal = process.platform !== "win32";
        const visible: Pick<BrowserLook>[] = display
          ? [
              {
                label: `$(window) ${t("Visible window")}`,
                detail: t("You see what happens, and can click yourself."),
                value: "visible",
              },
            ]
          : [];
        const headless: Pick<BrowserLook> = {
          label: `$(eye-closed) ${t("Headless")}`,
          detail: t("No window; pictures come as snapshots."),
          value: "headless",
        };
        const sealed: Pick<BrowserLook>[] = [
          ...(display
            ? [{ label: `$(shield) ${t("Visible window, sealed")}`, detail: reach, value: "visible, sealed" as const }]
            : []),
          { label: `$(shield) ${t("Headless, sealed")}`, detail: reach, value: "headless, sealed" },
        ];
        const grid: Pick<BrowserLook>[] =
          gridUrl === undefined
            ? []
            : [
                {
                  label: `$(server) ${t("On the Selenium Grid")}`,
                  description: gridUrl,
                  detail: t("The Grid that the configuration names lends the browser."),
                  value: "grid",
                },
              ];
        const choices = [...grid, ...visible, headless, ...(canSeal ? sealed : [])];
        return display
          ? choices
          : [
              ...choices,
              {
                label: `$(circle-slash) ${t("No visible window")}`,
                detail: t("There is no display where this workspace runs."),
              },
            ];
      },
    });
    if (answer === back || answer === cancelled) return answer;
    draft.grid = answer === "grid";
    draft.headless = answer.startsWith("headless");
    draft.sealed = answer.endsWith("sealed");
  };
}

/** Which saved login is put into the browser: as in `OpenOptions`, that of the address's site where none is named. */
export interface OfferedLogin {
  authProfile?: string | false;
}

/** Which saved login the session begins with. Asked only where there are any. */
export function askLogin(saved: readonly ProfileSummary[]): Step<{ login: OfferedLogin }> {
  return async (draft, place) => {
    const answer = await askPick<OfferedLogin>({
      place,
      placeholder: t("Which saved login should the session begin with?"),
      items: () => [
        { label: `$(key) ${t("That of the address's site")}`, detail: t("If one is saved for it."), value: {} },
        { label: `$(circle-slash) ${t("None")}`, value: { authProfile: false } },
        ...saved.map(({ name, sites }) => ({
          label: `$(key) ${name}`,
          description: sites.join(", "),
          value: { authProfile: name },
        })),
      ],
    });
    if (answer === back || answer === cancelled) return answer;
    draft.login = answer;
  };
}

function typedLine(typed: string, check: (text: string) => CheckedAddress): Pick<string>[] {
  if (typed.trim() === "") return [];
  const checked = check(typed);
  if ("problem" in checked) return [{ label: `$(warning) ${checked.problem}`, alwaysShow: true, typed }];
  return [{ label: `$(arrow-right) ${checked.url}`, alwaysShow: true, typed, value: checked.url }];
}

function offers(from: { address: string | undefined; from: string }[], typed: string): Pick<string>[] {
  const seen = new Set<string>();
  return from.flatMap(({ address, from: origin }) => {
    if (
      address === undefined ||
      seen.has(address) ||
      !address.toLowerCase().includes(typed.trim().toLowerCase()) ||
      address === typed.trim()
    )
      return [];
    seen.add(address);
    return [{ label: address, description: origin, value: address }];
  });
}

/** An address in the clipboard. In a browser the clipboard may be refused, or asked for and never granted. */
class Clipboard {
  text: string | undefined;
  readonly read: Promise<void>;

  constructor(accepts: (text: string) => boolean) {
    this.read = Promise.resolve(vscode.env.clipboard.readText()).then(
      (text) => {
        const line = text.trim();
        if (line.length < 2_000 && !/\s/.test(line) && accepts(line)) this.text = line;
      },
      () => undefined,
    );
  }
}
