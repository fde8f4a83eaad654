import assert from "node:assert/strict";
import { asksForSecret, isSecretName, secretsNamedIn } from "../../../src/sessions/logs/secretNames.js";

describe("isSecretName", () => {
  const secretNames = [
    "password",
    "Password",
    "userPassword",
    "user[password]",
    "new_password",
    "passwd",
    "pwd",
    "pass",
    "user_pass",
    "userPass",
    "j_password",
    "client_secret",
    "clientSecret",
    "token",
    "accessToken",
    "access_token",
    "id_token_hint",
    "csrfmiddlewaretoken",
    "authenticity_token",
    "__RequestVerificationToken",
    "XSRF-TOKEN",
    "refresh-token",
    "oauth_token",
    "api_key",
    "apiKey",
    "apikey",
    "X-API-Key",
    "x-api-key",
    "Ocp-Apim-Subscription-Key",
    "private_key",
    "privateKey",
    "authorization",
    "Authorization",
    "auth",
    "X-Auth",
    "sessionid",
    "session_id",
    "PHPSESSID",
    "JSESSIONID",
    "connect.sid",
    "sid",
    "otp",
    "pin",
    "cvv",
    "cardNumber",
    "card-number",
    "sig",
    "X-Amz-Signature",
    "SAMLResponse",
    "jwt",
    "code_verifier",
    "pw",
    "Passwort",
    "contraseña",
    "密码",
    "credentials",
    "ＰＡＳＳＷＯＲＤ",
    "secretKey",
    "webhookSecret",
    "Set-Cookie",
    "cookie",
  ];
  for (const name of secretNames) it(`${name} is one`, () => assert.equal(isSecretName(name), true));
  const innocent = [
    "name",
    "user",
    "username",
    "email",
    "bypass",
    "compass",
    "passenger",
    "passport",
    "monkey",
    "key",
    "public_key",
    "sortKey",
    "keyboard",
    "secretary",
    "max_tokens",
    "maxTokens",
    "tokenCount",
    "total_tokens",
    "token_type",
    "token_endpoint",
    "author",
    "authority",
    "authors",
    "session",
    "sessionMode",
    "code",
    "state",
    "nonce",
    "spin",
    "pinned",
    "shipping",
    "design",
    "signal",
    "assign",
    "side",
    "a",
    "",
    "cookieConsent",
    "x".repeat(300),
  ];
  for (const name of innocent) it(`${name.slice(0, 40)} is none`, () => assert.equal(isSecretName(name), false));

  const says = (expected: boolean, names: string[]): void => {
    for (const name of names) assert.equal(isSecretName(name), expected, name);
  };
  const words = (list: string): string[] => list.split(" ");

  it("parts that tell wherever they stand", () =>
    says(
      true,
      words(
        "password passwd passphrase passcode passkey pwd secret credential authorization csrf xsrf apikey accesskey privatekey sessionid sessid accesstoken authtoken refreshtoken idtoken cardnumber ccnumber securitycode samlresponse authenticationinfo passwort kennwort contrasena contraseña motdepasse senha wachtwoord lösenord losenord hasło haslo пароль 密码 密碼 パスワード 비밀번호",
      ).flatMap((part) => [part, `x${part}y`, part.toUpperCase()]),
    ));

  it("words that tell as a word alone, and not as a part of one", () => {
    const telling = words(
      "pass pw psw pswd passw jwt bearer otp totp cvv cvc cvv2 ssn sid sig signature hmac assertion pin pincode auth",
    );
    says(
      true,
      telling.flatMap((word) => [word, `my-${word}-here`, `a[${word}]`, `--${word}--`]),
    );
    says(
      false,
      telling.map((word) => `q${word}q`),
    );
  });

  it("names that tell as a whole alone", () => {
    const whole = words(
      "cookie cookies set-cookie code_verifier deviceCode clientassertion connect.sid recoveryCode recovery-codes backup_code backupCodes verification-code smsCode authcode one-time-code secret_answer securityAnswer",
    );
    says(true, whole);
    says(false, [
      "x-cookie",
      "cookie-x",
      "xcookiesx",
      "code-verifier-x",
      "x-recovery-code",
      "security-answer-x",
      "smscode-x",
      "device code name",
    ]);
  });

  it("keys of the kinds that open something", () => {
    const kinds = words(
      "api app application access account auth client deploy encryption functions license master private secret security server service session shared sign signing ssh storage subscription webhook",
    );
    says(
      true,
      kinds.flatMap((kind) => [`${kind}-key`, `my ${kind} keys`, `${kind}Key`]),
    );
    says(false, ["public-key", "key-app", "server-keyboard", "app-x-key", "keys", "app", "server"]);
  });

  it("a token, unless the name is about its count, kind or place", () => {
    says(true, ["token", "tokens", "my-token", "xtoken", "x-tokens-y", "tokenId"]);
    const about = words(
      "count counts type types endpoint url uri max min total used usage remaining limit limits length size budget expiry expires expired expiration prompt completion input output cached name names kind index ratelimit price per",
    );
    says(
      false,
      about.flatMap((word) => [`token_${word}`, `${word}-tokens`, `access_token_${word}`]),
    );
    says(true, ["password_type", "secret-name"]);
    says(false, ["tokenize", "tokensx"]);
  });

  it("words that only hold a part that tells", () =>
    says(false, words("secretary secretaries secretariat credentialed credentialless the-Secretary")));

  it("words are told apart by signs, by case and by numbers", () => {
    says(true, ["HTTPPin", "a1Pin", "userPin", "USER_PIN", "user.pin", "user  pin", "ÜberPin", "éPin", "a/pin/b"]);
    says(false, ["HTTPpin", "a1pin", "userpin", "---", "[]", "", "p"]);
  });

  it("a name of 2 to 200 characters", () => {
    says(true, ["pw", `password ${"x".repeat(191)}`]);
    says(false, ["x", `password ${"x".repeat(192)}`]);
  });
});

describe("asksForSecret", () => {
  it("by its autocomplete", () => {
    for (const value of [
      "current-password",
      "new-password",
      "one-time-code",
      "cc-number",
      "cc-csc",
      "cc-exp",
      "cc-exp-month",
      "cc-exp-year",
      "section-a CURRENT-PASSWORD webauthn",
    ])
      assert.equal(asksForSecret(value, []), true, value);
    for (const value of ["", "email", "cc-name", "cc-numbers", "username", "cc-experience", "xcc-csc"])
      assert.equal(asksForSecret(value, []), false, value);
  });

  it("by any of its names, but by no sentence about it", () => {
    assert.equal(asksForSecret("", ["user", "my password"]), true);
    assert.equal(asksForSecret("", ["user", "mail"]), false);
    assert.equal(asksForSecret("", [`password ${"x".repeat(51)}`]), true);
    assert.equal(asksForSecret("", [`password ${"x".repeat(52)}`]), false);
  });
});

describe("secretsNamedIn", () => {
  it("gives every text under the name of a secret, however deep", () => {
    assert.deepEqual(
      secretsNamedIn({
        password: "a",
        user: "u",
        list: [{ token: "b" }, "v", null],
        secrets: { deep: ["c", { plain: "d" }], number: 5, nothing: null },
        none: undefined,
      }),
      ["a", "b", "c", "d"],
    );
    assert.deepEqual(secretsNamedIn("text"), []);
    assert.deepEqual(secretsNamedIn("text", true), ["text"]);
    assert.deepEqual(secretsNamedIn(null, true), []);
    assert.deepEqual(secretsNamedIn(["text"]), []);
  });
});
