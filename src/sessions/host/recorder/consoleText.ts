/** Values of a page's console as one line of text. */

export interface RemoteObject {
  type: string;
  subtype?: string;
  value?: unknown;
  unserializableValue?: string;
  description?: string;
  objectId?: string;
  preview?: { overflow: boolean; properties: { name: string; type: string; value?: string }[] };
}

export interface ExceptionDetails {
  text: string;
  url?: string;
  lineNumber?: number;
  exception?: RemoteObject;
  stackTrace?: { callFrames: { url: string }[] };
}

/** What a terminal would show of the value; objects by their first properties, errors with their stack. */
export function consoleText(object: RemoteObject): string {
  if (object.type === "string" && typeof object.value === "string") return object.value;
  if (object.unserializableValue !== undefined) return object.unserializableValue;
  if (object.subtype === "error" || !object.preview)
    return object.description ?? (object.type === "undefined" ? "undefined" : JSON.stringify(object.value));
  const isArray = object.subtype === "array";
  const parts = object.preview.properties.map(({ name, type, value = "" }) => {
    const text = type === "string" ? JSON.stringify(value) : value === "" ? type : value;
    return isArray ? text : `${name}: ${text}`;
  });
  if (object.preview.overflow) parts.push("…");
  return isArray ? `[${parts.join(", ")}]` : `{ ${parts.join(", ")} }`;
}
