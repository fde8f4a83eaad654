/**
 * The messages of the live view: a stream of pictures of one page (`live-view`), what the one who looks tells of itself
 * (`live-view-set`), what is typed and clicked (`input`), and what element is at a place (`pick`).
 * Places are CSS pixels from the top left of the page's viewport.
 */
import type { AccessMode } from "../model/policy.js";
import type { SessionStatus } from "../model/state.js";
import type { PageInfo } from "../model/page.js";

/** Opens a stream that lasts until the request is cancelled. */
export interface LiveViewParams {
  /** The viewer's own id, for `live-view-set`; unique in the session. */
  view: string;
  /** Id of a page that is stayed with; the one that the session shows if left out. */
  page?: string;
  /** The largest picture that is of use, in pixels; 0 while none is to be sent. */
  width: number;
  height: number;
  /** The shortest time between two pictures, in ms; as many as there are if left out. */
  everyMs?: number;
}
export interface LiveViewSetParams {
  view: string;
  /** Number of the latest picture that was shown: the next one may come. */
  shown?: number;
  width?: number;
  height?: number;
  /** Stays with that page; null follows the session. */
  page?: string | null;
}

/** Modifier keys, added: Alt 1, Ctrl 2, Meta 4, Shift 8. */
type Modifiers = number;
export type MouseButton = "none" | "left" | "middle" | "right";
export type InputEvent =
  | {
      type: "mouse";
      action: "move" | "down" | "up";
      x: number;
      y: number;
      button: MouseButton;
      /** Buttons that are held, added: left 1, right 2, middle 4. */
      buttons: number;
      clickCount: number;
      modifiers: Modifiers;
    }
  | { type: "wheel"; x: number; y: number; deltaX: number; deltaY: number; modifiers: Modifiers }
  | {
      type: "key";
      action: "down" | "up";
      key: string;
      code: string;
      keyCode: number;
      /** What the key types, if anything. */
      text?: string | undefined;
      modifiers: Modifiers;
      location: number;
      repeat?: boolean | undefined;
    }
  /** Text as a whole: pasted, or what an input method has settled on. */
  | { type: "text"; text: string }
  /** What an input method has so far. */
  | { type: "compose"; text: string }
  | { type: "dialog"; accept: boolean; text?: string | undefined }
  /** Absolute paths for the file chooser of that number; none cancels it. */
  | { type: "files"; chooser: number; files: string[] }
  | { type: "go"; to: "back" | "forward" | "reload" | "stop" }
  | { type: "open"; url: string };

export interface InputParams {
  page: string;
  events: InputEvent[];
}
export interface InputResult {
  session: string;
  mode: AccessMode;
}

export interface PickParams {
  page?: string;
  x: number;
  y: number;
}
/** An element as it can be found again. */
export interface PickedElement {
  /** A Playwright locator without `page.`, such as `getByRole("button", { name: "Save", exact: true })`. */
  locator: string;
  /** ARIA role and accessible name; empty where it has none. */
  role: string;
  name: string;
  tag: string;
  box: { x: number; y: number; width: number; height: number };
  /** Why this is not the innermost element there: the page keeps that in a closed shadow root, or in a frame that does not answer. */
  hidden?: "closed-shadow-root" | "frame";
}
export interface PickResult {
  session: string;
  mode: AccessMode;
  page: PageInfo;
  element: PickedElement | null;
}

/** What a stream tells. */
export type LiveEvent =
  | {
      type: "frame";
      number: number;
      /** A JPEG, in base64. */
      data: string;
      /** The page's viewport in CSS pixels, as far as it is seen. */
      width: number;
      height: number;
    }
  | LiveState
  /** Somebody did something there; `label` says who and what. */
  | { type: "mark"; x: number; y: number; label: string }
  | { type: "dialog"; dialog: { type: string; message: string; value: string } | null }
  | { type: "chooser"; chooser: number; multiple: boolean };

export interface LiveState {
  type: "state";
  mode: AccessMode;
  status: SessionStatus;
  /** null where the page is gone, or none is open. */
  page: PageInfo | null;
  pageCount: number;
  canGoBack: boolean;
  canGoForward: boolean;
  loading: boolean;
  crashed: boolean;
  /** What runs now, oldest first. */
  running: { command: string; client: string }[];
}

export type LiveMessage = { request: number } & LiveEvent;
