/**
 * What of Playwright's API `readonly-exec` offers, in one table. Everything is denied that does not stand
 * under `allowed`: what stands under `denied` is there to be named, so that a test can tell a method that was
 * judged from one that a new Playwright brought. The interpreter's side builds its objects from this table;
 * the host checks each call again against `reads.ts` and `locators.ts`, whatever the interpreter sends.
 */

/** Reads of one element that the page and its frames offer too, with a selector as first argument. */
export const selectorReads = [
  "textContent",
  "innerText",
  "innerHTML",
  "getAttribute",
  "inputValue",
  "isVisible",
  "isHidden",
  "isEnabled",
  "isDisabled",
  "isEditable",
  "isChecked",
] as const;

/** Makers of locators that page, frame, locator and frame locator share. They touch nothing. */
export const locatorFactories = [
  "locator",
  "getByRole",
  "getByText",
  "getByLabel",
  "getByPlaceholder",
  "getByAltText",
  "getByTitle",
  "getByTestId",
  "frameLocator",
] as const;

/** Makers of locators that refine a locator. */
export const locatorRefinements = [
  "filter",
  "first",
  "last",
  "nth",
  "and",
  "or",
  "visible",
  "within",
  "describe",
  "contentFrame",
] as const;

/** Reads of a locator that the host performs. */
export const locatorReads = [
  ...selectorReads,
  "boundingBox",
  "count",
  "allTextContents",
  "allInnerTexts",
  "ariaSnapshot",
  "ariaSnapshotJSON",
  "waitFor",
] as const;

/** Node's event emitter: a listener is handed live objects, and removing one changes the host. */
const emitter = [
  "addListener",
  "emit",
  "eventNames",
  "getMaxListeners",
  "listenerCount",
  "listeners",
  "off",
  "on",
  "once",
  "prependListener",
  "prependOnceListener",
  "rawListeners",
  "removeAllListeners",
  "removeListener",
  "setMaxListeners",
] as const;
/** Acts on an element. */
const actions = [
  "check",
  "click",
  "dblclick",
  "dispatchEvent",
  "dragAndDrop",
  "fill",
  "focus",
  "hover",
  "press",
  "selectOption",
  "setChecked",
  "setInputFiles",
  "tap",
  "type",
  "uncheck",
] as const;
/** Runs code in the page, or hands out an object that can. */
const evaluation = [
  "$",
  "$$",
  "$$eval",
  "$eval",
  "addInitScript",
  "addScriptTag",
  "addStyleTag",
  "evaluate",
  "evaluateAll",
  "evaluateHandle",
  "exposeBinding",
  "exposeFunction",
  "waitForFunction",
  "waitForSelector",
] as const;
const navigation = ["goBack", "goForward", "goto", "reload", "setContent", "waitForNavigation"] as const;
/** Their answers are live objects; what of them is data, `libretto logs` shows. */
const liveObjects = [
  "clock",
  "coverage",
  "keyboard",
  "mouse",
  "touchscreen",
  "request",
  "video",
  "workers",
  "webmcp",
  "localStorage",
  "sessionStorage",
  "screencast",
  "consoleMessages",
  "pageErrors",
  "requests",
  "opener",
  "context",
  "waitForEvent",
  "waitForRequest",
  "waitForResponse",
] as const;
const settings = ["setDefaultNavigationTimeout", "setDefaultTimeout", "setExtraHTTPHeaders"] as const;
const routing = ["route", "routeFromHAR", "routeWebSocket", "unroute", "unrouteAll"] as const;

/** The classes of Playwright that code could meet, and every public method of each. */
export const surface = {
  Page: {
    allowed: [
      "url",
      "title",
      "content",
      "viewportSize",
      "waitForLoadState",
      "waitForURL",
      "waitForTimeout",
      "isClosed",
      "mainFrame",
      "frames",
      "frame",
      "ariaSnapshot",
      "ariaSnapshotJSON",
      "getByRef",
      ...locatorFactories,
      ...selectorReads,
    ],
    denied: [
      ...emitter,
      ...actions,
      ...evaluation,
      ...navigation,
      ...liveObjects,
      ...settings,
      ...routing,
      "addLocatorHandler",
      "removeLocatorHandler",
      "bringToFront",
      "close",
      "emulateMedia",
      "pause",
      "pdf",
      "screenshot",
      "setViewportSize",
      "requestGC",
      "clearConsoleMessages",
      "clearPageErrors",
      "hideHighlight",
      "pickLocator",
      "cancelPickLocator",
      "toJSON",
    ],
  },
  Frame: {
    allowed: [
      "url",
      "name",
      "title",
      "content",
      "page",
      "parentFrame",
      "childFrames",
      "isDetached",
      "waitForLoadState",
      "waitForURL",
      "waitForTimeout",
      ...locatorFactories,
      ...selectorReads,
    ],
    denied: [...emitter, ...actions, ...evaluation, ...navigation, "frameElement", "webmcp", "toJSON"],
  },
  Locator: {
    allowed: ["all", "page", "description", "toString", ...locatorFactories, ...locatorRefinements, ...locatorReads],
    denied: [
      ...actions,
      ...evaluation,
      "blur",
      "clear",
      "dragTo",
      "drop",
      "elementHandle",
      "elementHandles",
      "highlight",
      "hideHighlight",
      "normalize",
      "pressSequentially",
      "screenshot",
      "scrollIntoViewIfNeeded",
      "selectText",
    ],
  },
  FrameLocator: {
    allowed: ["first", "last", "nth", "owner", ...locatorFactories],
    denied: [],
  },
  BrowserContext: {
    allowed: [],
    denied: [
      ...emitter,
      ...settings,
      ...routing,
      "addCookies",
      "addInitScript",
      "backgroundPages",
      "browser",
      "clearCookies",
      "clearPermissions",
      "clock",
      "close",
      "cookies",
      "credentials",
      "debugger",
      "exposeBinding",
      "exposeFunction",
      "grantPermissions",
      "isClosed",
      "newCDPSession",
      "newPage",
      "pages",
      "request",
      "serviceWorkers",
      "setGeolocation",
      "setHTTPCredentials",
      "setOffline",
      "setStorageState",
      "storageState",
      "toJSON",
      "tracing",
      "waitForEvent",
    ],
  },
} as const satisfies Record<string, { allowed: readonly string[]; denied: readonly string[] }>;

/** A read of a locator that the host performs. */
export type LocatorRead = (typeof locatorReads)[number];
/** A step from one locator (or page, or frame) to the next. */
export type LocatorStepName = (typeof locatorFactories)[number] | (typeof locatorRefinements)[number] | "owner";

/** Globals of other environments. Code that names one is told that it is denied, not that it does not exist. */
export const deniedGlobals = [
  "browser",
  "context",
  "fetch",
  "require",
  "process",
  "module",
  "exports",
  "global",
  "window",
  "document",
  "navigator",
  "location",
  "XMLHttpRequest",
  "WebSocket",
  "EventSource",
  "Worker",
] as const;
