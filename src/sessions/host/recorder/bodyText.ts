/** Which bodies are text, and how they are cut. */
import { isUtf8 } from "node:buffer";

const textTypes =
  /^(?:text\/|multipart\/form-data|image\/svg\+xml|application\/(?:[\w.+-]*\+)?(?:json|xml|yaml|x-yaml|graphql|javascript|ecmascript|x-javascript|typescript|x-www-form-urlencoded|x-ndjson|ndjson|jsonl|sql|toml)$)|\+(?:json|xml)$/;

/** The media type without its parameters, in lower case; null for an empty one. */
export function mediaType(contentType: string | undefined): string | null {
  const type = (contentType?.split(";")[0] ?? "").trim().toLowerCase();
  return type === "" ? null : type;
}

/** Whether bodies of that media type are text for people. */
export function isTextType(type: string | null): boolean {
  return type !== null && textTypes.test(type);
}

/** The first bytes of a text in UTF-8, never half a character. */
export function cutToBytes(text: string, limit: number): { text: string; cut: boolean } {
  // A UTF-16 unit takes at most three bytes.
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return { text, cut: false };
  const bytes = Buffer.from(text.slice(0, limit + 1));
  let end = Math.min(limit, bytes.length);
  // 10xxxxxx goes on with a character that began before.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return { text: bytes.toString("utf8", 0, end), cut: true };
}

/** The text of a request's body, or undefined where it is none. Multipart is text, though it may hold files. */
export function textOfPostData(data: Buffer, type: string | null): string | undefined {
  if (isUtf8(data)) return data.toString("utf8");
  return type?.startsWith("multipart/") ? data.toString("utf8") : undefined;
}

/** The text of a response's body in the encoding that its content type names; UTF-8 where it names none. */
export function textOfBytes(data: Buffer, contentType: string | undefined): string {
  const [, charset = "utf-8"] = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? "") ?? [];
  try {
    return new TextDecoder(charset).decode(data);
  } catch {
    // No encoding that anyone knows.
    return data.toString("utf8");
  }
}
