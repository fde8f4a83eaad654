/**
 * What code sets in pages and what ends with the session that set it. A lock ends the code and keeps what its pages
 * were made to be: a page that was cut off from the network is not to be online again by being locked.
 */
import type { ChannelSession } from "./channel.js";

type Params = Record<string, unknown>;

interface Setting {
  /** As people call it. */
  name: string;
  /** Whether the command takes it back. */
  isDefault?: (params: Params) => boolean;
  /** Whether it ends with the code, since the code was part of it. */
  needsCode?: boolean;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0);

const settings: Record<string, Setting> = {
  "Emulation.setDeviceMetricsOverride": { name: "viewport" },
  "Emulation.setEmulatedMedia": {
    name: "colour scheme and media",
    isDefault: ({ media, features }) =>
      isEmpty(media) && (!Array.isArray(features) || features.every((one: { value?: unknown }) => isEmpty(one.value))),
  },
  "Emulation.setGeolocationOverride": { name: "geolocation", isDefault: isEmpty },
  "Emulation.setTimezoneOverride": { name: "time zone", isDefault: ({ timezoneId }) => isEmpty(timezoneId) },
  "Emulation.setLocaleOverride": { name: "locale", isDefault: ({ locale }) => isEmpty(locale) },
  "Emulation.setUserAgentOverride": { name: "user agent", isDefault: ({ userAgent }) => isEmpty(userAgent) },
  "Network.setUserAgentOverride": { name: "user agent", isDefault: ({ userAgent }) => isEmpty(userAgent) },
  "Emulation.setTouchEmulationEnabled": { name: "touch", isDefault: ({ enabled }) => enabled !== true },
  "Emulation.setScriptExecutionDisabled": { name: "scripts turned off", isDefault: ({ value }) => value !== true },
  "Emulation.setCPUThrottlingRate": { name: "slow processor", isDefault: ({ rate }) => rate === 1 },
  "Network.emulateNetworkConditions": { name: "network", isDefault: isOnline },
  "Network.emulateNetworkConditionsByRule": {
    name: "network",
    isDefault: ({ offline, matchedNetworkConditions }) =>
      offline !== true && (!Array.isArray(matchedNetworkConditions) || matchedNetworkConditions.every(isOnline)),
  },
  "Network.overrideNetworkState": { name: "network", isDefault: isOnline },
  "Network.setExtraHTTPHeaders": { name: "request headers", isDefault: ({ headers }) => isEmpty(headers) },
  "Page.setBypassCSP": { name: "content security policy turned off", isDefault: ({ enabled }) => enabled !== true },
  "Security.setIgnoreCertificateErrors": {
    name: "certificate errors ignored",
    isDefault: ({ ignore }) => ignore !== true,
  },
  "Page.addScriptToEvaluateOnNewDocument": { name: "init scripts" },
  "Browser.grantPermissions": { name: "permissions", isDefault: ({ permissions }) => isEmpty(permissions) },
  "Browser.setPermission": { name: "permissions" },
  "Fetch.enable": { name: "routes", needsCode: true },
  "Runtime.addBinding": { name: "functions given to pages", needsCode: true },
};

/** Commands that take a setting back. */
const undone: Record<string, string> = {
  "Emulation.clearDeviceMetricsOverride": "Emulation.setDeviceMetricsOverride",
  "Emulation.clearGeolocationOverride": "Emulation.setGeolocationOverride",
  "Browser.resetPermissions": "Browser.grantPermissions",
  "Fetch.disable": "Fetch.enable",
  "Runtime.removeBinding": "Runtime.addBinding",
  "Page.removeScriptToEvaluateOnNewDocument": "Page.addScriptToEvaluateOnNewDocument",
};

function isOnline({ offline, latency, downloadThroughput, uploadThroughput }: Params): boolean {
  const unlimited = (value: unknown): boolean => value === undefined || value === 0 || value === -1;
  return offline !== true && [latency, downloadThroughput, uploadThroughput].every(unlimited);
}

/** Keeps what a command sets in that session, or forgets what it takes back. */
export function noteSetting(session: ChannelSession, method: string, params: Params): void {
  const taken = undone[method];
  const known = [...session.settings.keys()].findLast((key) => taken !== undefined && key.startsWith(taken));
  if (known !== undefined) session.settings.delete(known);
  const setting = settings[method];
  if (!setting) return;
  // Playwright's own world in each document changes nothing of what a page is.
  if (
    method === "Page.addScriptToEvaluateOnNewDocument" &&
    (params["worldName"] !== undefined || isEmpty(params["source"]))
  )
    return;
  if (setting.isDefault?.(params) === true) session.settings.delete(method);
  else if (method !== "Page.addScriptToEvaluateOnNewDocument") session.settings.set(method, { method, params });
  // Of these there may be many.
  else session.settings.set(`${method} ${session.settings.size} ${JSON.stringify(params).length}`, { method, params });
}

/** Whether the command sets, or takes back, what a session holds for as long as it lasts. */
export function isPageSetting(method: string): boolean {
  const { needsCode } = settings[undone[method] ?? method] ?? { needsCode: true };
  return needsCode !== true && !method.includes("ScriptToEvaluate");
}

/** What was set in that session, as people call it: what stays as long as the session does, and what ends with the code. */
export function settingsOf({ settings: set }: Pick<ChannelSession, "settings">): { kept: string[]; dropped: string[] } {
  const names = (needsCode: boolean): string[] => [
    ...new Set(
      [...set.values()].flatMap(({ method = "" }) => {
        const setting = settings[method];
        return setting && (setting.needsCode ?? false) === needsCode ? [setting.name] : [];
      }),
    ),
  ];
  return { kept: names(false), dropped: names(true) };
}
