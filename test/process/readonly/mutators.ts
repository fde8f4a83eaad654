/**
 * Every method of Playwright that is denied, with arguments with which it would do harm, and the routes by
 * which code may try to reach it. Their product is the larger part of the corpus.
 */
import { surface } from "../../../src/sessions/host/sandbox/surface.js";

/** Arguments, as code, with which a method would leave a mark. */
const harmful: Record<string, string> = {
  $eval: "'#pwn', () => { document.title = 'pwned' }",
  $$eval: "'h1', () => { document.title = 'pwned' }",
  addCookies: "[{ name: 'pwned', value: '1', url: '{{site}}' }]",
  addInitScript: "'window.pwned = 1'",
  addLocatorHandler: "page.locator('h1'), () => {}",
  addScriptTag: "{ content: 'document.title = \"pwned\"' }",
  addStyleTag: "{ content: 'h1 { display: none }' }",
  clearPermissions: "",
  dispatchEvent: "'[name=name]', 'custom'",
  dragAndDrop: "'h1', 'form'",
  dragTo: "page.locator('h1')",
  emulateMedia: "{ colorScheme: 'dark', media: 'print' }",
  evaluate: "() => { document.title = 'pwned' }",
  evaluateAll: "() => { document.title = 'pwned' }",
  evaluateHandle: "() => { document.title = 'pwned' }",
  exposeBinding: "'pwned', () => 1",
  exposeFunction: "'pwned', () => 1",
  fill: "'[name=name]', 'pwned'",
  goto: "'{{site}}submit?pwned=1'",
  grantPermissions: "['geolocation']",
  newCDPSession: "page",
  on: "'request', (request) => request.frame().page().click('button')",
  once: "'request', (request) => request.frame().page().click('button')",
  pdf: "{ path: '{{folder}}/pwned.pdf' }",
  press: "'[name=name]', 'x'",
  pressSequentially: "'pwned'",
  route: "'**/*', (route) => route.abort()",
  routeFromHAR: "'{{folder}}/pwned.har', { update: true }",
  screenshot: "{ path: '{{folder}}/pwned.png' }",
  selectOption: "'select', 'l'",
  setChecked: "'[name=gift]', false",
  setContent: "'<h1>pwned</h1>'",
  setExtraHTTPHeaders: "{ 'x-pwned': '1' }",
  setGeolocation: "{ latitude: 1, longitude: 1 }",
  setHTTPCredentials: "{ username: 'pwned', password: 'pwned' }",
  setInputFiles: "'[name=attachment]', '/etc/hostname'",
  setOffline: "true",
  setStorageState: "{ cookies: [{ name: 'pwned', value: '1', domain: '127.0.0.1', path: '/' }], origins: [] }",
  setViewportSize: "{ width: 333, height: 333 }",
  storageState: "{ path: '{{folder}}/pwned.json' }",
  type: "'[name=name]', 'pwned'",
  uncheck: "'[name=gift]'",
  waitForEvent: "'request'",
  waitForFunction: "() => { document.title = 'pwned' }",
};

/** Of a locator, whose methods take no selector. */
const harmfulOnLocator: Record<string, string> = {
  dispatchEvent: "'custom'",
  fill: "'pwned'",
  press: "'x'",
  type: "'pwned'",
  selectOption: "'l'",
  setChecked: "false",
  setInputFiles: "'/etc/hostname'",
  uncheck: "",
  check: "",
  click: "",
};

/** The objects whose methods are tried: what code can lay its hands on, and what it is of Playwright's. */
const objects = [
  { expression: "page", of: "Page" },
  { expression: "page.mainFrame()", of: "Frame" },
  { expression: "page.locator('form button').first()", of: "Locator" },
  { expression: "context", of: "BrowserContext" },
] as const;

/** A way to a method. `expected` says how every try of it must end; undefined where it depends. */
interface Route {
  by: string;
  expected: "ReadonlyExecDenied" | undefined;
  code: (object: string, method: string, args: string) => string;
}

/** Makes the interpreter's own objects send what the code wants: the message is written by `JSON.stringify`. */
const forge = (message: string): string => `
const write = JSON.stringify;
JSON.stringify = (value, ...rest) => (value && value.method === 'locator.count' ? write(${message}) : write(value, ...rest));
try { await page.locator('form button').count(); } finally { JSON.stringify = write; }`;

const routes: Route[] = [
  {
    by: "property",
    expected: "ReadonlyExecDenied",
    code: (object, method, args) => `await ${object}.${method}(${args})`,
  },
  {
    by: "a computed name",
    expected: "ReadonlyExecDenied",
    code: (object, method, args) =>
      `const name = '${method}'.split('').reverse().reverse().join('');\nreturn await ${object}[name](${args})`,
  },
  {
    by: "Function.prototype.call",
    expected: "ReadonlyExecDenied",
    code: (object, method, args) =>
      `const target = ${object};\nawait Function.prototype.call.call(target.${method}, target${args === "" ? "" : `, ${args}`})`,
  },
  {
    by: "Reflect",
    expected: "ReadonlyExecDenied",
    code: (object, method, args) =>
      `const target = ${object};\nawait Reflect.apply(Reflect.get(target, '${method}'), target, [${args}])`,
  },
  {
    by: "destructuring and bind",
    expected: "ReadonlyExecDenied",
    code: (object, method, args) =>
      `const target = ${object};\nconst { ${method.startsWith("$") ? `'${method}': found` : `${method}: found`} } = target;\nawait found.bind(target)(${args})`,
  },
  {
    by: "new",
    expected: "ReadonlyExecDenied",
    code: (object, method, args) => `const target = ${object};\nnew target.${method}(${args})`,
  },
  {
    by: "the prototype",
    expected: undefined,
    code: (object, method, args) =>
      `const target = ${object};\nconst up = Object.getPrototypeOf(target) ?? target.constructor?.prototype ?? target.__proto__;\nawait (up?.${method} ?? Object.getOwnPropertyDescriptor(target, '${method}')?.value).call(target${args === "" ? "" : `, ${args}`})`,
  },
  {
    by: "a returned object",
    expected: "ReadonlyExecDenied",
    code: (object, method, args) =>
      `const page2 = page.locator('body').page();\nawait (${object.startsWith("context") ? "page2.context()" : `${object.replaceAll("page", "page2")}`}).${method}(${args})`,
  },
  {
    by: "a forged message",
    expected: "ReadonlyExecDenied",
    code: (object, method, args) =>
      forge(
        `{ method: '${object.startsWith("page.locator") ? "locator" : object.startsWith("page.main") ? "frame" : object}.${method}', args: [${args.includes("=>") || args.includes("page") ? "" : args}], on: value.on }`,
      ),
  },
];

/** One try. */
export interface Attempt {
  /** What it tries, in words. */
  tries: string;
  code: string;
  /** How it must end; where it is left out only the canaries judge. */
  expected?: "ReadonlyExecDenied" | undefined;
  /** Wall time allowed, in ms, where the attempt is to use it up. */
  timeoutMs?: number;
}

/** The tries of one object by one route. */
export interface AttemptGroup {
  title: string;
  attempts: Attempt[];
}

export const mutatorGroups: AttemptGroup[] = objects.flatMap(({ expression, of }) =>
  routes.map(({ by, expected, code }) => ({
    title: `${of}, by ${by}`,
    attempts: [...new Set<string>(surface[of].denied)].map((method) => {
      const args =
        (of === "Locator" ? harmfulOnLocator[method] : undefined) ??
        harmful[method] ??
        (of === "Locator" || of === "BrowserContext" ? "" : "'form button'");
      return { tries: `${of}.${method}`, code: code(expression, method, args), expected };
    }),
  })),
);
