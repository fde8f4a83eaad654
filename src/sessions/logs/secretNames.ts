/**
 * Which names say that what they name is a secret: of header fields, query parameters, form fields, JSON
 * members, XML elements. A name is read as words (`userPassword`, `user[pass-word]`, `X-API-Key`), so that
 * `bypass`, `monkey` or `max_tokens` are not taken for one.
 */

/** Parts of a name that tell by themselves, wherever they stand. */
const tellingParts = [
  "password",
  "passwd",
  "passphrase",
  "passcode",
  "passkey",
  "pwd",
  "secret",
  "credential",
  "authorization",
  "csrf",
  "xsrf",
  "apikey",
  "accesskey",
  "privatekey",
  "sessionid",
  "sessid",
  "accesstoken",
  "authtoken",
  "refreshtoken",
  "idtoken",
  "cardnumber",
  "ccnumber",
  "securitycode",
  "samlresponse",
  "authenticationinfo",
  // Password in other languages that forms are written in.
  "passwort",
  "kennwort",
  "contrasena",
  "contraseña",
  "motdepasse",
  "senha",
  "wachtwoord",
  "lösenord",
  "losenord",
  "hasło",
  "haslo",
  "пароль",
  "密码",
  "密碼",
  "パスワード",
  "비밀번호",
];

/** Words that contain a telling part and are none. */
const innocentWords = new Set(["secretary", "secretaries", "secretariat", "credentialed", "credentialless"]);

/** Words that tell when they stand alone as a word of the name. */
const tellingWords = new Set([
  "pass",
  "pw",
  "psw",
  "pswd",
  "passw",
  "jwt",
  "bearer",
  "otp",
  "totp",
  "cvv",
  "cvc",
  "cvv2",
  "ssn",
  "sid",
  "sig",
  "signature",
  "hmac",
  "assertion",
  "pin",
  "pincode",
  "auth",
]);

/** Names that tell only as a whole: their words are everyday words. */
const tellingNames = new Set([
  "cookie",
  "cookies",
  "setcookie",
  "codeverifier",
  "devicecode",
  "clientassertion",
  "recoverycode",
  "recoverycodes",
  "backupcode",
  "backupcodes",
  "verificationcode",
  "smscode",
  "authcode",
  "onetimecode",
  "securityanswer",
]);

/** Before `key`, these make it a secret (`api key`, `private key`); `public key` or `sort key` is none. */
const keyKinds = new Set([
  "api",
  "app",
  "application",
  "access",
  "account",
  "auth",
  "client",
  "deploy",
  "encryption",
  "functions",
  "license",
  "master",
  "private",
  "secret",
  "security",
  "server",
  "service",
  "session",
  "shared",
  "sign",
  "signing",
  "ssh",
  "storage",
  "subscription",
  "webhook",
]);

/** Beside `token`, these speak of its count, kind or place and not of the token. */
const aboutTokens = new Set([
  "count",
  "counts",
  "type",
  "types",
  "endpoint",
  "url",
  "uri",
  "max",
  "min",
  "total",
  "used",
  "usage",
  "remaining",
  "limit",
  "limits",
  "length",
  "size",
  "budget",
  "expiry",
  "expires",
  "expired",
  "expiration",
  "prompt",
  "completion",
  "input",
  "output",
  "cached",
  "name",
  "names",
  "kind",
  "index",
  "ratelimit",
  "price",
  "per",
]);

/** Values of `autocomplete` that ask for a secret (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill). */
const secretAutofill = /\b(?:current-password|new-password|one-time-code|cc-number|cc-csc|cc-exp(?:-month|-year)?)\b/;
/** What is longer is a sentence about a field, and not its name. */
const maxFieldNameLength = 60;

const known = new Map<string, boolean>();

/**
 * Whether a field of that name holds a secret.
 * @param name as it is meant: decoded, in any case and style
 */
export function isSecretName(name: string): boolean {
  // A longer name is text that merely stands where a name could.
  if (name.length < 2 || name.length > 200) return false;
  let secret = known.get(name);
  if (secret === undefined) {
    secret = decide(name);
    // The names of one application are few; a page that makes them up shall not fill the memory.
    if (known.size > 5000) known.clear();
    known.set(name, secret);
  }
  return secret;
}

/**
 * Whether a field of a form asks for a secret.
 * @param autocomplete its attribute, empty where it has none
 * @param names all that names it: attributes such as `name`, `id` and `aria-label`, and its labels
 */
export function asksForSecret(autocomplete: string, names: readonly string[]): boolean {
  return (
    secretAutofill.test(autocomplete.toLowerCase()) ||
    names.some((name) => name.length <= maxFieldNameLength && isSecretName(name))
  );
}

/** The texts in a value that stand under the name of a secret, such as the password among the parameters of a workflow. */
export function secretsNamedIn(value: unknown, isSecret = false): string[] {
  if (typeof value === "string") return isSecret ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    secretsNamedIn(member, isSecret || (!Array.isArray(value) && isSecretName(name))),
  );
}

/** The words of a name, in lower case: `X-CSRFToken[userName]` is x, csrf, token, user, name. */
function wordsOf(name: string): string[] {
  return name
    .normalize("NFKC")
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

function decide(name: string): boolean {
  const words = wordsOf(name).filter((word) => !innocentWords.has(word));
  if (words.length === 0) return false;
  const compact = words.join("");
  if (tellingNames.has(compact)) return true;
  if (words.some((word) => tellingWords.has(word))) return true;
  if (words.some((word, index) => (word === "key" || word === "keys") && keyKinds.has(words[index - 1] ?? "")))
    return true;
  const aboutToken = words.some((word) => aboutTokens.has(word));
  if (!aboutToken && words.some((word) => /tokens?$/.test(word))) return true;
  return tellingParts.some((part) => compact.includes(part) && !(aboutToken && part.endsWith("token")));
}
