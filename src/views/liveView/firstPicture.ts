/** One picture of the page that a session shows now, such as for a hover. */
import { liveView, type LiveView } from "../../sessions/operations/liveView.js";
import type { SessionRef } from "../model.js";
import { isBlurred } from "./blurred.js";

/** In pixels. */
const size = { width: 640, height: 400 };
/** How long the hover may wait for it, in ms: VS Code shows that it loads, and keeps for good what it was given. */
const timeoutMs = 5_000;
/** None is wanted after the first, in ms. */
const everyMs = 10_000;
/** VS Code cuts the text of a hover at 100,000 characters. */
const maxLength = 90_000;

/** @returns a JPEG, in base64; undefined where the session gives none at once, or is not to be seen in passing */
export async function firstPicture(ref: SessionRef): Promise<string | undefined> {
  const { record, root } = ref;
  // Looking must not start processes.
  if (record.liveness !== "live" || record.silent || record.state?.status === "starting" || isBlurred(ref))
    return undefined;
  let stream: LiveView | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    const picture = await new Promise<string | undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), timeoutMs);
      liveView(root.context, { session: record.name, ...size, everyMs }, (event) => {
        if (event.type === "frame") resolve(event.data);
      }).then(
        (opened) => (stream = opened),
        () => resolve(undefined),
      );
    });
    return picture !== undefined && picture.length <= maxLength ? picture : undefined;
  } finally {
    clearTimeout(timer);
    stream?.close();
  }
}
