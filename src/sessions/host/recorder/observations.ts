/** What the script in the page tells the host. Secrets of fields are masked before it is told. */

/** An element as it was when something was done to it. */
export interface ObservedElement {
  /** CSS, from the top of its document; ` >> ` leads into a shadow root. */
  selector: string;
  /** A call of a Playwright locator, such as `getByRole("button", { name: "Save", exact: true })`. */
  best: string;
  nearbyText: string;
}

interface Observed {
  /** Milliseconds since 1970, by the page's clock. */
  at: number;
  /** Number of the element in its document; the same element has the same number. 0 where there is none. */
  element: number;
  /** Address of the frame. */
  url: string;
  /** Absent where the element was reported before. */
  about?: ObservedElement;
}

export interface PointerObservation extends Observed {
  kind: "click" | "dblclick";
  button: "left" | "middle" | "right";
  x: number;
  y: number;
}
export interface PressObservation extends Observed {
  kind: "press";
  key: string;
}
/** The element's value so far: more may follow. */
export interface InputObservation extends Observed {
  kind: "input";
  value: string;
}
/** What was typed into the element is done. */
export interface CommitObservation extends Observed {
  kind: "commit";
}
export interface ChoiceObservation extends Observed {
  kind: "select" | "check" | "uncheck" | "upload";
  value?: string;
  x?: number;
  y?: number;
}
/** The element was dropped on another. */
export interface DragObservation extends Observed {
  kind: "dragTo";
  /** The element that it was dropped on, as `ObservedElement.best`. */
  target: string;
  x: number;
  y: number;
}
/** The wheel scrolled the element, or the page where there is none, by so many CSS pixels in all. */
export interface WheelObservation extends Observed {
  kind: "wheel";
  dx: number;
  dy: number;
  x: number;
  y: number;
}
/** The person did something that is not recorded by itself. */
export interface ActivityObservation {
  kind: "activity";
  at: number;
}
/** The value of a field that holds a secret: never written, only hidden wherever it turns up. `complete`: no longer being typed. */
export interface SecretObservation {
  kind: "secret";
  at: number;
  element: number;
  value: string;
  complete: boolean;
}

export type ElementObservation =
  | PointerObservation
  | PressObservation
  | InputObservation
  | CommitObservation
  | ChoiceObservation
  | DragObservation
  | WheelObservation;
export type Observation = ElementObservation | ActivityObservation | SecretObservation;

/** Put in front of the script by the host. */
export interface PageSettings {
  /** Name of the function that takes observations, in the script's world alone. */
  binding: string;
  /** Name under which the host finds `describeFrame`, in the script's world alone. */
  describeFrame: string;
  redact: boolean;
  mask: string;
}

/** What `describeFrame` answers for the element that holds a frame. */
export interface FrameDescription {
  selector: string;
  best: string;
  /** Where the frame's viewport begins, in CSS pixels of the viewport around it. */
  x: number;
  y: number;
}

/** An element as `page/pick.ts` tells it, in its frame. */
export interface PickedHere {
  best: string;
  role: string;
  name: string;
  tag: string;
  box: { x: number; y: number; width: number; height: number };
  /** Set where a frame is there: what `best` finds, where its viewport begins, and how much larger it is shown. */
  frame?: { x: number; y: number; scale: number };
}
