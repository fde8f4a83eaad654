/** JPEGs on a canvas whose context is a "bitmaprenderer". */

/** Draws a picture in its own size. Rejects where it cannot be drawn; what stood there stays. */
export async function drawJpeg(canvas: HTMLCanvasElement, data: ArrayBuffer): Promise<void> {
  const bitmap = await createImageBitmap(new Blob([data], { type: "image/jpeg" }));
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
}
