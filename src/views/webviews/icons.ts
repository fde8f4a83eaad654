/** Small icons, drawn as lines in the colour of the text around them: a webview has no icon font of VS Code's. */
const paths = {
  back: "M10 3 5 8l5 5",
  forward: "m6 3 5 5-5 5",
  reload: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",
  stop: "m4 4 8 8M12 4l-8 8",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  pencil: "m3 13 .6-2.9L11 2.7l2.3 2.3L5.9 12.4zM9.5 4.2l2.3 2.3",
  pick: "M8 2v3M8 11v3M2 8h3M11 8h3M8 8h.01",
  camera: "M2.5 5h2.6L6 3.5h4L10.9 5h2.6v7.5h-11zM8 10.8a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4",
  pin: "M6 2.5h4M6.5 2.5v4L5 9h6L9.5 6.5v-4M8 9v4.5",
  close: "m4 4 8 8M12 4l-8 8",
  page: "M2.5 3h11v10h-11zM2.5 5.5h11",
} as const;
export type IconName = keyof typeof paths;

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}

/** A button of an icon alone, which says what it does. */
export function iconButton(name: IconName, title: string, action: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon";
  button.append(icon(name));
  nameButton(button, title);
  button.addEventListener("click", action);
  return button;
}

export function nameButton(button: HTMLButtonElement, title: string): void {
  if (button.title === title) return;
  button.title = title;
  button.setAttribute("aria-label", title);
}

/** A button of words. */
export function wordButton(title: string, action: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = title;
  button.addEventListener("click", action);
  return button;
}
