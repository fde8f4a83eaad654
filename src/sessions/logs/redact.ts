/**
 * Keeps secrets out of the logs: everything that is written to one goes through a `Redactor` first. What is
 * masked: header fields that carry credentials, query and fragment parameters, JSON, form, multipart, XML
 * and HTML fields whose name says that they are secret, user information in URLs, bearer tokens and JSON
 * web tokens in any text, and values that the session was told are secret (typed into a password field),
 * wherever they turn up again.
 *
 * Masking works on text and never needs a whole document, so a body that was cut at a limit hides as much
 * as a whole one. It is idempotent. No Node imports: it runs anywhere.
 */
import { LearnedSecrets } from "./learnedSecrets.js";
import { mask } from "./mask.js";
import { maskMarkup, maskNamed, maskTokens } from "./maskText.js";
import { redactJson } from "./redactJson.js";
import type { ActionRow, LogRow, NetworkRow } from "./rows.js";
import { wellFormed } from "./secretForms.js";
import { isSecretName } from "./secretNames.js";

/** Strings inside of strings (JSON in a query parameter of a URL in JSON …) are followed this deep. */
const deepest = 6;

export class Redactor {
  private readonly learned = new LearnedSecrets();

  /** @param enabled false (`"redact": false` in the config) makes every method return what it was given */
  constructor(readonly enabled = true) {}

  /**
   * From now on this value is masked wherever it appears, as it is or encoded: for what was typed into a password
   * field. One under 6 characters is masked where it stands alone: in quotes, or as the whole of a parameter, a field,
   * a member of JSON or a body. For half a minute, so is what it begins with.
   * @param instead what was learned while it was being typed: the beginning of a secret may be an everyday word
   */
  learn(secret: string, instead?: string): void {
    if (this.enabled && secret !== mask) this.learned.learn(secret, instead);
  }

  /** What was learned is hidden in every string of a value that is not a row: of what a client is told. */
  hide<Value>(value: Value): Value {
    return this.learned.isEmpty ? value : (this.hideIn(value) as Value);
  }

  /** A row of `network.jsonl` without its secrets. Cut bodies after this, not before, where the whole is at hand. */
  networkRow(row: NetworkRow): NetworkRow {
    if (!this.enabled) return row;
    const masked: NetworkRow = {
      ...row,
      url: this.url(row.url),
      statusText: this.text(row.statusText),
      requestHeaders: this.headers(row.requestHeaders),
      responseHeaders: this.headers(row.responseHeaders),
    };
    if (row.postData !== undefined)
      masked.postData = this.body(row.postData, headerOf(row.requestHeaders, "content-type"));
    if (row.responseBody !== undefined)
      masked.responseBody = this.body(
        row.responseBody,
        headerOf(row.responseHeaders, "content-type") ?? row.contentType ?? undefined,
      );
    if (row.messages !== undefined)
      masked.messages = row.messages.map((message) =>
        message.text === undefined ? message : { ...message, text: this.body(message.text) },
      );
    if (row.failure !== undefined) masked.failure = this.text(row.failure);
    return masked;
  }

  /** A row of `actions.jsonl` without its secrets. A value given to an element whose selector speaks of a secret is one. */
  actionRow(row: ActionRow): ActionRow {
    if (!this.enabled) return row;
    const masked: ActionRow = { ...row };
    // The name of a key, such as `Enter` or `Control+a`, is no part of what is typed.
    const isKey = row.action === "press" && row.value !== undefined && row.value.length > 1;
    if (
      row.value !== undefined &&
      !isKey &&
      [row.selector, row.bestSemanticSelector].some((selector) => selector !== undefined && speaksOfSecret(selector))
    ) {
      // The same value stands in the call log of an error.
      this.learn(row.value);
      if (row.value !== "") masked.value = mask;
    } else if (row.value !== undefined) {
      masked.value = this.string(row.value);
    }
    for (const field of ["selector", "bestSemanticSelector", "nearbyText"] as const) {
      const text = row[field];
      // What a person acted on is named by the page's words, and must be found again; code may have any words of its own.
      if (text !== undefined)
        masked[field] = row.source === "user" || field === "nearbyText" ? this.shown(text) : this.text(text);
    }
    if (row.error !== undefined) masked.error = this.text(row.error);
    if (row.url !== undefined) masked.url = this.url(row.url);
    return masked;
  }

  /** A row of `logs.jsonl` without its secrets. */
  logRow(row: LogRow): LogRow {
    if (!this.enabled) return row;
    const masked: LogRow = { ...row, message: this.text(row.message) };
    if (row.data !== undefined) masked.data = this.value(row.data) as Record<string, unknown>;
    return masked;
  }

  /** Header fields. Names of cookies and authorization schemes stay readable; their values do not. */
  headers(headers: Record<string, string>): Record<string, string> {
    if (!this.enabled) return headers;
    const masked: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) masked[name] = this.header(name, value);
    return masked;
  }

  /** The value of one header field. */
  header(name: string, value: string): string {
    if (!this.enabled || value === "") return value;
    if (this.learned.isSecret(value)) return mask;
    const lower = name.toLowerCase();
    switch (lower) {
      case "cookie":
        return value
          .split(";")
          .map((pair) => maskCookie(pair))
          .join(";");
      case "set-cookie":
        // CDP joins several with line breaks.
        return value
          .split("\n")
          .map((line) => maskSetCookie(line))
          .join("\n");
      case "authorization":
      case "proxy-authorization": {
        const scheme = /^\s*([A-Za-z][A-Za-z0-9-]{1,30})\s+\S/.exec(value)?.[1];
        return scheme === undefined ? mask : `${scheme} ${mask}`;
      }
      case "sec-websocket-protocol":
        // Browsers cannot set headers on a websocket, so tokens travel as protocol names.
        return value
          .split(",")
          .map((part) =>
            /bearer|token|auth/i.test(part) || part.trim().length > 40 ? part.replace(/\S.*/, mask) : this.text(part),
          )
          .join(",");
      case "www-authenticate":
      case "proxy-authenticate":
        // A challenge names the scheme and the realm, and no secret.
        return this.learned.hide(value);
      case "location":
      case "content-location":
      case "referer":
      case ":path":
      case "origin":
        return this.url(value);
    }
    if (isSecretName(name) && !/^(?:access-control-|x-ratelimit-)/.test(lower)) return mask;
    return this.text(value);
  }

  /** An address, absolute or relative: user information, and parameters in query, fragment and path. */
  url(url: string): string {
    return this.enabled ? this.learned.hide(this.maskUrl(url, 0)) : url;
  }

  /**
   * The body of a request or response.
   * @param contentType as in the header; the text itself decides where it is missing or wrong
   */
  body(body: string, contentType?: string): string {
    return this.enabled && body !== "" ? this.learned.hide(this.maskBody(body, contentType ?? "", 0)) : body;
  }

  /** Text for people: a message, an error, the words near an element. */
  text(text: string): string {
    return this.enabled && text !== "" ? this.learned.hide(this.maskText(text, false, 0)) : text;
  }

  /** A string of unknown kind: a URL, JSON, a form, or text. */
  string(text: string): string {
    return this.enabled && text !== "" ? this.learned.hide(this.maskString(text, 0)) : text;
  }

  /** Anything that will become JSON. What is under a secret name is masked, strings as in `string`. */
  value(value: unknown): unknown {
    return this.enabled ? this.maskValue(value, false, new Set()) : value;
  }

  /**
   * What a page shows: addresses, tokens that are known by their look, and what was learned. What stands beside
   * a name is left: it is there for people to read, and a page says "Password: at least 8 characters".
   */
  shown(text: string): string {
    return this.enabled && text !== "" ? this.learned.hide(this.maskAddresses(maskTokens(text), 0)) : text;
  }

  private hideIn(value: unknown): unknown {
    if (typeof value === "string") return this.learned.hide(value);
    if (Array.isArray(value)) return value.map((element) => this.hideIn(element));
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.hideIn(member)]))
      : value;
  }

  private maskValue(value: unknown, secret: boolean, above: Set<object>): unknown {
    if (typeof value === "string") return secret && value !== "" ? mask : this.string(value);
    if (typeof value === "number" || typeof value === "bigint") return secret ? mask : value;
    if (typeof value !== "object" || value === null) return value;
    // A cycle cannot be written anyway; it must not hang us either.
    if (above.has(value)) return "[circular]";
    if (value instanceof Error) return this.string(value.stack ?? value.message);
    if (!Array.isArray(value) && "toJSON" in value && typeof value.toJSON === "function")
      return this.maskValue((value.toJSON as () => unknown)(), secret, above);
    above.add(value);
    let masked: unknown;
    if (Array.isArray(value)) {
      masked = value.map((element) => this.maskValue(element, secret, above));
    } else {
      const named = "name" in value && typeof value.name === "string" && isSecretName(value.name);
      masked = Object.fromEntries(
        Object.entries(value).map(([key, member]) => [
          key,
          this.maskValue(member, secret || isSecretName(key) || (named && key === "value"), above),
        ]),
      );
    }
    above.delete(value);
    return masked;
  }

  private maskString(given: string, depth: number): string {
    if (this.learned.isSecret(given)) return mask;
    // As it is meant, and not as it was encoded: there are more ways to encode than forms that are looked for.
    const text = this.learned.hide(given);
    if (depth > deepest) return text;
    if (looksLikeJson(text)) return this.maskJson(text, depth);
    if (/^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(text) && !/\s/.test(text)) return this.maskUrl(text, depth);
    if (looksLikeForm(text)) return this.maskPairs(text, depth);
    return this.maskText(text, false, depth);
  }

  private maskJson(text: string, depth: number): string {
    return redactJson(text, {
      mask,
      isSecret: (value) => this.learned.isSecret(value),
      leaf: (string) => (string.length < 4 ? string : this.maskString(string, depth + 1)),
    });
  }

  private maskBody(body: string, contentTypeField: string, depth: number): string {
    if (this.learned.isSecret(body)) return mask;
    const contentType = contentTypeField.toLowerCase();
    const prefix = /^\s*(?:\)\]\}'?,?|for\s*\(;;\);?|while\s*\(1\);?)/.exec(body)?.[0] ?? "";
    const rest = body.slice(prefix.length);
    if (contentType.includes("json") || looksLikeJson(rest)) return prefix + this.maskJson(rest, depth);
    const boundary = /boundary="?([^";]+)"?/i.exec(contentTypeField)?.[1];
    if (contentType.startsWith("multipart/") || /^--[^\r\n]{1,200}\r?\ncontent-/i.test(body))
      return this.maskMultipart(body, boundary, depth);
    if (contentType.includes("x-www-form-urlencoded") || looksLikeForm(body)) return this.maskPairs(body, depth);
    const isCode = /javascript|ecmascript|typescript|css|wasm/.test(contentType);
    const markup = !isCode && body.includes("<");
    return this.maskText(markup ? maskMarkup(body) : body, isCode || markup, depth);
  }

  /** `a=1&token=2`, also cut. The form of what is not secret is kept. */
  private maskPairs(pairs: string, depth: number): string {
    return pairs.replace(/[^&]+/g, (pair) => {
      const equals = pair.indexOf("=");
      if (equals === -1) return this.maskPart(pair, depth);
      const raw = pair.slice(equals + 1);
      if (raw === "") return pair;
      const name = decode(pair.slice(0, equals));
      if (isSecretName(name)) return `${pair.slice(0, equals)}=${mask}`;
      const value = decode(raw);
      // `key` and `code` are everyday names; a value made of letters and digits tells an API key or a grant.
      if (/^(?:key|code)$/i.test(name.trim()) && looksRandom(value)) return `${pair.slice(0, equals)}=${mask}`;
      if (this.learned.isSecret(value)) return `${pair.slice(0, equals)}=${mask}`;
      if (depth > deepest || value.length < 4) return pair;
      const clean = this.maskString(value, depth + 1);
      return clean === value ? pair : `${pair.slice(0, equals)}=${encode(clean)}`;
    });
  }

  /** A part of an address that has no name: a step of its path, or a query as a whole. It may hold a document or pairs of its own. */
  private maskPart(part: string, depth: number): string {
    if (depth > deepest || part.length < 4 || !/[%=]/.test(part)) return part;
    const value = percentDecode(part);
    const clean = looksLikeJson(value)
      ? this.maskJson(value, depth + 1)
      : looksLikeForm(value)
        ? this.maskPairs(value, depth + 1)
        : this.maskAddresses(maskTokens(value), depth + 1);
    if (clean === value) return part;
    return value === part ? clean : encode(clean);
  }

  private maskUrl(url: string, depth: number): string {
    if (depth > deepest) return url;
    if (/^data:/i.test(url)) return url;
    let rest = url;
    let start = "";
    const authority = /^([a-z][a-z0-9+.-]{0,20}:)?\/\/([^/?#\\]*)/i.exec(url);
    if (authority) {
      const host = authority[2] ?? "";
      const at = host.lastIndexOf("@");
      start = `${authority[1] ?? ""}//${at === -1 ? host : `${mask}@${host.slice(at + 1)}`}`;
      rest = url.slice(authority[0].length);
    }
    const hash = rest.indexOf("#");
    const fragment = hash === -1 ? "" : rest.slice(hash + 1);
    const beforeHash = hash === -1 ? rest : rest.slice(0, hash);
    const mark = beforeHash.indexOf("?");
    const path = mark === -1 ? beforeHash : beforeHash.slice(0, mark);
    let result =
      start +
      path
        .replace(/;([^;/=]+)=([^;/]+)/g, (whole, name: string) =>
          isSecretName(decode(name)) ? `;${name}=${mask}` : whole,
        )
        .replace(/[^/;]+/g, (step) => this.maskPart(step, depth));
    if (mark !== -1) result += `?${this.maskPairs(beforeHash.slice(mark + 1), depth)}`;
    if (hash !== -1) {
      // `#access_token=…` of an OAuth answer, or a route of its own: `#/reset?token=…`.
      const inner = fragment.indexOf("?");
      result += `#${inner === -1 ? this.maskPairs(fragment, depth) : `${fragment.slice(0, inner)}?${this.maskPairs(fragment.slice(inner + 1), depth)}`}`;
    }
    return maskTokens(result);
  }

  private maskMultipart(body: string, boundary: string | undefined, depth: number): string {
    const isNamed = boundary !== undefined && body.includes(`--${boundary}`);
    const delimiter = `--${isNamed ? boundary : (/^\s*--([^\r\n]*)/.exec(body)?.[1] ?? "")}`;
    if (delimiter === "--") return this.maskText(body, false, depth);
    return body
      .split(delimiter)
      .map((part) => {
        const head = /^[\s\S]*?\r?\n\r?\n/.exec(part)?.[0];
        if (head === undefined) return part;
        const content = part.slice(head.length);
        const end = /\r?\n$/.exec(content)?.[0] ?? "";
        const inner = content.slice(0, content.length - end.length);
        if (inner === "") return part;
        const disposition = /(?:^|[;\s])name\*?=(?:"((?:[^"\\]|\\.)*)"|([^;\r\n]+))/i.exec(head);
        const name = decode(disposition?.[1] ?? disposition?.[2] ?? "");
        if (isSecretName(name.replace(/^utf-8''/i, ""))) return head + mask + end;
        const type = /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? "";
        return head + (depth > deepest ? inner : this.maskBody(inner, type, depth + 1)) + end;
      })
      .join(delimiter);
  }

  /** @param quotedOnly in code, `token = next()` names no value: only what stands in quotes is masked */
  private maskText(text: string, quotedOnly: boolean, depth: number): string {
    return maskNamed(this.maskAddresses(maskTokens(text), depth), quotedOnly);
  }

  private maskAddresses(text: string, depth: number): string {
    if (depth > deepest || !text.includes("://")) return text;
    return text.replace(/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'<>\\^`{|}]+/gi, (url) => this.maskUrl(url, depth + 1));
  }
}

function headerOf(headers: Record<string, string>, name: string): string | undefined {
  for (const key in headers) if (key.toLowerCase() === name) return headers[key];
  return undefined;
}

/** Whether a selector, such as `input[name="password"]` or `getByLabel('Password')`, speaks of a secret. */
function speaksOfSecret(selector: string): boolean {
  return (selector.match(/[\p{L}\p{N}_-]+/gu) ?? []).some((word) => isSecretName(word));
}

function looksLikeJson(text: string): boolean {
  return /^[\s\uFEFF]*[{[]/.test(text) && /["':]/.test(text);
}

/** `name=value`, perhaps more of them; no spaces outside of the values of a form, which has them as `+`. */
function looksLikeForm(text: string): boolean {
  return /^[\w.%+\-[\]~$!*:]{1,200}=[^\s"'<>{}]*$/.test(text);
}

function looksRandom(value: string): boolean {
  return value.length >= 16 && /^[\w.~+/=-]+$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value);
}

/** What a parameter means, in which a plus is a space. */
function decode(text: string): string {
  return percentDecode(text.replaceAll("+", " "));
}

function encode(text: string): string {
  return encodeURIComponent(wellFormed(text)).replaceAll("%2A", "*");
}

/** As often as it was encoded; a broken escape stays as it is. */
function percentDecode(text: string): string {
  let result = text;
  for (let round = 0; round < 3 && result.includes("%"); round++) {
    const next = result.replace(/(?:%[0-9a-fA-F]{2})+/g, (escapes) => {
      try {
        return decodeURIComponent(escapes);
      } catch {
        return escapes;
      }
    });
    if (next === result) break;
    result = next;
  }
  return result;
}

function maskCookie(pair: string): string {
  const equals = pair.indexOf("=");
  if (equals === -1) return pair.trim() === "" ? pair : pair.replace(/\S.*/, mask);
  return pair.slice(equals + 1).trim() === "" ? pair : `${pair.slice(0, equals)}=${mask}`;
}

function maskSetCookie(line: string): string {
  const [cookie = "", ...attributes] = line.split(";");
  const kept = attributes.map((attribute) =>
    /^\s*(?:path|domain|expires|max-age|samesite|priority)\s*=|^\s*(?:secure|httponly|partitioned)?\s*$/i.test(
      attribute,
    )
      ? attribute
      : maskCookie(attribute),
  );
  return [maskCookie(cookie), ...kept].join(";");
}
