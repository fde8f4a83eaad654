/** The picture of a page beside the row of what was done there. */
import { element } from "../element.js";
import { drawJpeg } from "../jpeg.js";
import type { DetailSection, PaneStrings } from "./protocol.js";

type PictureSection = Extract<DetailSection, { type: "picture" }>;

export function rowPicture(
  { title, data, width, height, mark, blurred }: PictureSection,
  strings: PaneStrings,
): HTMLElement {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", title);
  const picture = element("div", "picture", canvas);
  // Until it is drawn it takes the same room.
  canvas.width = width;
  canvas.height = height;
  if (mark) {
    const place = element("span", "place");
    place.setAttribute("aria-hidden", "true");
    place.style.left = `${(mark.x / width) * 100}%`;
    place.style.top = `${(mark.y / height) * 100}%`;
    picture.append(place);
  }
  if (blurred) {
    picture.classList.add("blurred");
    picture.tabIndex = 0;
    picture.append(element("span", "blur-hint", strings.blurred));
  }
  // What cannot be drawn leaves an empty picture.
  drawJpeg(canvas, data).catch(() => undefined);
  return picture;
}
