/** The picture of a page beside the row of what was done there. */
import { element } from "../element.js";
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
  void draw(canvas, data);
  return picture;
}

async function draw(canvas: HTMLCanvasElement, data: ArrayBuffer): Promise<void> {
  // What cannot be drawn leaves an empty picture.
  const bitmap = await createImageBitmap(new Blob([data], { type: "image/jpeg" })).catch(() => undefined);
  if (!bitmap) return;
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
}
