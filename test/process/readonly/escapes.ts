/** Tries to get out that are no method of Playwright: the other part of the corpus, by kind. */
import type { Attempt, AttemptGroup } from "./mutators.js";

/** What code would do with a realm that is not its own. `g` is the global object it thinks it has. */
const use = `const use = (g) => {
  const tries = [
    () => g.process.exit(9), () => g.process.abort(), () => g.process.kill(g.process.ppid ?? g.process.pid, 'SIGKILL'), () => { g.process.env.PWNED = '1'; g.process.env.READONLY_CANARY = 'dead'; },
    () => g.process.chdir('/'), () => g.process.mainModule.require('fs').writeFileSync('{{folder}}/pwned', 'x'), () => g.require('fs').writeFileSync('{{folder}}/pwned', 'x'),
    () => g.process.binding('fs'), () => g.process.getBuiltinModule('fs').writeFileSync('{{folder}}/pwned', 'x'), () => g.module.constructor._load('child_process').execSync('touch {{folder}}/pwned'),
    () => g.fetch('{{site}}count', { method: 'POST' }), () => new g.WebSocket('{{site}}ws').send('pwned'), () => { const x = new g.XMLHttpRequest(); x.open('POST', '{{site}}count'); x.send(); },
    () => { g.document.title = 'pwned'; }, () => { g.location.href = '{{site}}submit'; }, () => { g.Object.prototype.pwned = 1; }, () => { g.pwned = 1; },
  ];
  for (const attempt of tries) { try { attempt(); } catch {} }
};
`;

const escape = (tries: string, expression: string): Attempt => ({
  tries,
  code: `${use}use(await (async () => (${expression}))());`,
});

/** Expressions that give objects of every origin that code can reach. */
const reachable: Record<string, string> = {
  page: "page",
  "a method of page": "page.title",
  "a denied method": "page.click",
  "the main frame": "frame",
  "a locator": "page.locator('h1')",
  "a frame locator": "page.frameLocator('iframe')",
  "a locator's method": "page.locator('h1').textContent",
  "the list of frames": "page.frames()",
  "the viewport": "page.viewportSize()",
  "the viewport's method": "page.viewportSize",
  "the promise of a title": "page.title()",
  "a title": "await page.title()",
  "a bounding box": "await page.locator('h1').boundingBox()",
  "an answer of get": "await get('{{site}}json')",
  "the JSON of an answer": "await (await get('{{site}}json')).json()",
  "the function get": "get",
  "the function scrollBy": "scrollBy",
  "the console": "console",
  "a method of console": "console.log",
  "a timer function": "setTimeout",
  "a timer": "setTimeout(() => {}, 1)",
  state: "state",
  URL: "URL",
  "an URL": "new URL('{{site}}')",
  "search parameters": "new URL('{{site}}').searchParams",
  Buffer: "Buffer",
  "a buffer": "Buffer.from('x')",
  "a text encoder": "new TextEncoder()",
  "the class of denials": "ReadonlyExecDenied",
  "an error of a denial": "(() => { try { page.click(); } catch (e) { return e; } })()",
  "an error of the host": "await page.locator('#none').textContent({ timeout: 30 }).catch((e) => e)",
  "an error of wrong arguments": "await page.locator('h1').textContent({ wrong: 1 }).catch((e) => e)",
  "an error of import": "await import('fs').catch((e) => e)",
  "an error of get": "await get('ftp://x').catch((e) => e)",
  "a symbol": "Symbol.iterator",
  "a regular expression": "/x/",
  "an async function": "async () => {}",
  "a generator": "(function* () {})()",
  "an async generator": "(async function* () {})()",
  "a proxy": "new Proxy(page, {})",
  "a typed array": "new Uint8Array(8)",
  "the global object": "globalThis",
  "a WeakRef": "new WeakRef({})",
};

const constructors: Attempt[] = Object.entries(reachable).flatMap(([name, expression]) => [
  escape(
    `the function constructor through ${name}`,
    `(${expression}).constructor?.constructor?.('return globalThis')()`,
  ),
  escape(
    `the function constructor through the prototypes of ${name}`,
    `(() => { let o = ${expression.startsWith("await") ? "{}" : `(${expression})`}; const out = []; for (let up = o; up !== null && up !== undefined && out.length < 9; up = Object.getPrototypeOf(Object(up))) { const C = Object.getOwnPropertyDescriptor(Object(up), 'constructor')?.value; if (typeof C === 'function') { try { out.push(C.constructor('return globalThis')()); } catch {} } } return out.at(-1); })()`,
  ),
]);

const realms: Attempt[] = [
  escape("Function", "Function('return this')()"),
  escape("AsyncFunction", "await (async () => {}).constructor('return globalThis')()"),
  escape("GeneratorFunction", "(function* () {}).constructor('yield globalThis')().next().value"),
  escape("indirect eval", "(0, eval)('this')"),
  escape("eval of a process", "eval('process')"),
  escape("sloppy this", "(function () { return this; })()"),
  escape("the callee's caller", "(function f() { return f.caller ?? arguments.callee.caller; })()"),
  escape("the arguments of the wrapper", "(() => { try { return arguments[0]; } catch { return undefined; } })()"),
  escape(
    "Error.prepareStackTrace",
    "(() => { let seen; Error.prepareStackTrace = (_e, frames) => { seen = frames; return ''; }; try { null.x; } catch (e) { void e.stack; } return seen?.[0]?.getThis?.() ?? seen?.[0]?.getFunction?.(); })()",
  ),
  escape(
    "Error.prepareStackTrace on a denial",
    "(() => { let seen; Error.prepareStackTrace = (_e, frames) => { seen = frames; return ''; }; try { page.click(); } catch (e) { void e.stack; } return seen?.map((f) => f.getThis?.()).find(Boolean); })()",
  ),
  escape(
    "Error.captureStackTrace",
    "(() => { const o = {}; Error.captureStackTrace?.(o); return o.stack?.constructor?.constructor?.('return this')(); })()",
  ),
  escape(
    "Error.stackTraceLimit",
    "(() => { Error.stackTraceLimit = Infinity; try { page.click(); } catch (e) { return e.stack; } })()",
  ),
  escape(
    "a stack overflow inside a read",
    "(() => { let deepest; const f = () => { try { f(); } catch (e) { deepest ??= e; } try { page.url(); } catch (e) { deepest = e; } }; f(); return deepest?.constructor?.constructor?.('return this')(); })()",
  ),
  escape(
    "an iterator's prototype",
    "Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())).constructor?.constructor?.('return this')()",
  ),
  escape(
    "WebAssembly",
    "new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])))",
  ),
  escape("SharedArrayBuffer and Atomics", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000)"),
  escape(
    "FinalizationRegistry",
    "(() => { new FinalizationRegistry((g) => g).register({}, globalThis); return globalThis; })()",
  ),
  escape("the module loader's meta", "eval('import.meta')"),
  escape("QuickJS's std", "globalThis.std ?? globalThis.os ?? globalThis.bjson"),
  escape("std by import", "await import('std')"),
  escape("os by import", "await import('qjs:os')"),
  escape("ShadowRealm", "new ShadowRealm().evaluate('globalThis')"),
  escape("process by getter", "Object.getOwnPropertyDescriptor(globalThis, 'process').value"),
  escape("require by name", "require('fs').writeFileSync('{{folder}}/pwned', 'x')"),
  escape("process.mainModule", "process.mainModule.require('fs').writeFileSync('{{folder}}/pwned', 'x')"),
  escape("module.constructor", "module.constructor._load('fs').writeFileSync('{{folder}}/pwned', 'x')"),
  escape(
    "an error's cause",
    "(await page.locator('#none').textContent({ timeout: 30 }).catch((e) => e)).cause?.constructor.constructor('return this')()",
  ),
];

const imports: Attempt[] = [
  "fs",
  "node:fs",
  "node:child_process",
  "node:process",
  "./readonly-child.js",
  "file:///etc/passwd",
  "https://example.test/x.js",
  "data:text/javascript,globalThis.pwned=1",
  "playwright-core",
  "realm",
  "code",
  "",
  "../../../package.json",
].map((name) => ({
  tries: `import(${JSON.stringify(name)})`,
  code: `${use}const found = await import(${JSON.stringify(name)});\nuse(found); found.writeFileSync?.('{{folder}}/pwned', 'x');`,
  ...(name === "" ? {} : { expected: "ReadonlyExecDenied" as const }),
}));

const thenables: Attempt[] = [
  {
    tries: "a result with a then that takes the resolvers",
    code: "return { then(resolve, reject) { for (const f of [resolve, reject]) f.constructor('return globalThis')().process?.exit?.(1); resolve('done'); } }",
  },
  { tries: "a result with a then that never resolves", code: "return { then() {} }" },
  { tries: "a result with a then that throws", code: "return { then() { throw page; } }" },
  {
    tries: "a then that resolves twice",
    code: "return { then(resolve) { resolve(1); resolve(page.click); resolve({ then: (r) => r(2) }); } }",
  },
  {
    tries: "a chain of thens without end",
    code: "const t = { then(resolve) { resolve(t); } }; return t",
    timeoutMs: 300,
  },
  {
    tries: "Promise.prototype.then replaced",
    code: "const then = Promise.prototype.then; Promise.prototype.then = function (a, b) { try { a?.constructor('return globalThis')().process?.exit?.(); } catch {} return then.call(this, a, b); }; return await page.title()",
  },
  {
    tries: "Promise replaced",
    code: "globalThis.Promise = class { constructor(f) { f((v) => v?.constructor?.constructor('return this')(), () => {}); } then(f) { f(page); } }; return page.title()",
  },
  {
    tries: "a species of one's own",
    code: "class P extends Promise { static get [Symbol.species]() { return function (f) { f(() => {}, () => {}); }; } } return await P.resolve(page).then((p) => p.click('button'))",
  },
  {
    tries: "a then on Object.prototype",
    code: "Object.prototype.then = function (resolve) { delete Object.prototype.then; page.click('button'); resolve(1); }; return { a: 1 }",
  },
  { tries: "a toJSON that acts", code: "return { toJSON() { page.click('form button'); return 1; } }" },
  { tries: "a toJSON without end", code: "return { toJSON() { for (;;); } }", timeoutMs: 300 },
  { tries: "a getter without end in the result", code: "return { get x() { for (;;); } }", timeoutMs: 300 },
  { tries: "a getter that acts in the result", code: "return { get x() { return page.goto('{{site}}submit'); } }" },
  {
    tries: "a proxy as result",
    code: "return new Proxy({}, { get() { page.click('button'); }, ownKeys() { page.click('button'); return ['a']; }, getOwnPropertyDescriptor() { return { enumerable: true, configurable: true, value: 1 }; } })",
  },
  {
    tries: "an error with getters",
    code: "throw Object.defineProperties(new Error('x'), { message: { get() { page.click('button'); return 'm'; } }, stack: { get() { for (let i = 0; i < 9; i++) page.title(); return {}; } }, name: { get() { return { toString() { page.fill('input', 'pwned'); } }; } } })",
  },
  { tries: "an error whose message never ends", code: "throw { get message() { for (;;); } }", timeoutMs: 300 },
  {
    tries: "an error that claims to be a limit",
    code: "throw Object.assign(new Error('out of memory'), { name: 'InternalError' })",
  },
  { tries: "throwing page", code: "throw page" },
  { tries: "throwing undefined", code: "throw undefined" },
  { tries: "rejecting with a thenable", code: "return Promise.reject({ then(r) { r(page.click('button')); } })" },
];

const options: Attempt[] = [
  {
    tries: "options with a getter that changes its mind",
    code: "let n = 0; return await page.locator('h1').textContent({ get timeout() { return n++ === 0 ? 100 : page.click('button'); } })",
  },
  {
    tries: "options with a getter that acts",
    code: "return await page.locator('h1').textContent({ get timeout() { page.click('form button'); return 100; } })",
  },
  {
    tries: "an option that is not Playwright's",
    code: "return await page.locator('h1').textContent({ force: true, trial: false, noWaitAfter: true })",
  },
  {
    tries: "an option of Playwright's inside",
    code: "return await page.locator('h1').waitFor({ state: 'visible', __testHookBeforeStable: () => {} })",
  },
  {
    tries: "options by prototype",
    code: "return await page.locator('h1').textContent(Object.create({ timeout: 1, evaluate: 'x' }))",
  },
  {
    tries: "__proto__ in options",
    code: 'return await page.locator(\'h1\').textContent(JSON.parse(\'{"__proto__": {"pwned": 1}, "timeout": 100}\'))',
  },
  {
    tries: "constructor in options",
    code: 'return await page.locator(\'h1\').filter(JSON.parse(\'{"constructor": {"prototype": {"pwned": 1}}}\')).count()',
  },
  {
    tries: "a function as option",
    code: "return await page.locator('h1', { hasText: () => page.click('button') }).count()",
  },
  { tries: "a function as selector", code: "return await page.locator(() => document.title = 'pwned').count()" },
  {
    tries: "an object as selector",
    code: "return await page.locator({ toString() { return 'h1'; }, selector: 'h1', _frame: {} }).count()",
  },
  { tries: "page as a locator", code: "return await page.locator('h1', { has: page }).count()" },
  {
    tries: "a forged locator as has",
    code: "return await page.locator('form', { has: { _frame: page.mainFrame(), _selector: 'button' } }).count()",
  },
  {
    tries: "a forged description as has",
    code: "return await page.locator('form', { has: { locator: { steps: [['locator', 'button'], ['click']] } } }).count()",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "the engine _react",
    code: "return await page.locator('_react=Button').count()",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "the engine _vue in a chain",
    code: "return await page.locator('form >> _vue=button').count()",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "an internal engine",
    code: "return await page.locator('internal:has=\"x\"').count()",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "internal:control",
    code: "return await page.locator('iframe >> internal:control=enter-frame >> button').count()",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "an internal engine by a role",
    code: "return await page.getByRole('button >> internal:control=enter-frame >> button').count()",
  },
  {
    tries: "an internal engine by a pattern",
    code: "return await page.getByText(/x >> internal:control=enter-frame >> button/u).count()",
  },
  {
    tries: "an XPath without end",
    code: "return await page.locator('//*[//*[//*[//*[//*[//zzz]]]]]').count()",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "an XPath without end, by axes",
    code: "return await page.locator('xpath=//*[following::*[preceding::*[following::*[preceding::*[following::*]]]]]').count()",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a pseudo-class without end",
    code: "return await page.locator('*:near(*:near(*:near(*:near(*))))').count()",
    timeoutMs: 600,
  },
  { tries: "an XPath that calls", code: "return await page.locator('xpath=document(\"{{site}}count\")').count()" },
  {
    tries: "a selector that is script",
    code: "return await page.locator('javascript:document.title=\"pwned\"').count()",
  },
  {
    tries: "a selector with a quote",
    code: 'return await page.locator(\'"\\\'); document.title = "pwned"; ("\').count()',
  },
  {
    tries: "a text that is script",
    code: 'return await page.getByText(\'"></title><script>document.title="pwned"</script>\').count()',
  },
  { tries: "a role that is script", code: "return await page.getByRole('button\"]; document.title=\"pwned').count()" },
  { tries: "a test id that is a selector", code: "return await page.getByTestId('x\"] >> css=button').count()" },
  {
    tries: "a regular expression that is script",
    code: "return await page.getByText(new RegExp('/; document.title = \"pwned\"; /')).count()",
  },
  {
    tries: "forged flags of a regular expression",
    code: "const r = /x/; Object.defineProperty(r, 'flags', { value: 'g\"); document.title = \"pwned\"; (\"' }); return await page.getByText(r).count()",
  },
  {
    tries: "a forged source of a regular expression",
    code: "const r = /x/; Object.defineProperty(r, 'source', { value: 'x/i.constructor.constructor(\"document.title=1\")()' }); return await page.getByText(r).count()",
  },
  {
    tries: "an attribute name that is script",
    code: "return await page.locator('h1').getAttribute('onclick=\"document.title=1\"')",
  },
  {
    tries: "an attribute name that is an object",
    code: "return await page.locator('h1').getAttribute({ toString: () => 'id' })",
  },
  { tries: "scrolling by script", code: "return await scrollBy('0); document.title = \"pwned\"; (0', 0)" },
  { tries: "scrolling by an object", code: "return await scrollBy({ left: 0, valueOf() { return 0; } }, 0)" },
  { tries: "scrolling by NaN", code: "return await scrollBy(NaN, Infinity)" },
  { tries: "a load state of its own", code: "return await page.waitForLoadState('commit; document.title = 1')" },
  { tries: "a predicate that acts", code: "await page.waitForURL(() => page.click('form button'), { timeout: 100 })" },
  { tries: "a predicate without end", code: "await page.waitForURL(() => { for (;;); })", timeoutMs: 300 },
  {
    tries: "a pattern without end for an address",
    code: "await page.waitForURL(/^(([a-z:/.0-9])+)+!$/, { timeout: 10000 })",
    timeoutMs: 300,
  },
  {
    tries: "a glob without end",
    code: "await page.waitForURL('*'.repeat(3).concat('/').repeat(300) + '!', { timeout: 300 })",
    timeoutMs: 400,
  },
  {
    tries: "a predicate that is handed to a frame",
    code: "return page.frame({ url: (u) => page.goto('{{site}}submit') })",
  },
  {
    tries: "a state for waitFor that is an object",
    code: "return await page.locator('h1').waitFor({ state: { toString: () => 'visible' } })",
  },
  { tries: "a negative timeout", code: "return await page.locator('#none').textContent({ timeout: -1 })" },
  {
    tries: "a timeout without end",
    code: "return await page.locator('#none').textContent({ timeout: 1e300 })",
    timeoutMs: 400,
  },
  {
    tries: "a signal",
    code: "return await page.locator('h1').textContent({ signal: { aborted: false, addEventListener() { page.click('button'); } } })",
  },
];

const pollution: Attempt[] = [
  {
    tries: "Object.prototype, to outlive the call",
    code: "Object.prototype.pwned = 'yes'; Array.prototype.pwned = 'yes'; Function.prototype.pwned = 'yes'; return {}.pwned",
  },
  {
    tries: "a look at what an earlier call left",
    code: "if ({}.pwned !== undefined || typeof leaked !== 'undefined') { page.click('button'); } globalThis.leaked = 1; return [{}.pwned ?? null, JSON.stringify.name]",
  },
  {
    tries: "JSON.stringify replaced for good",
    code: 'JSON.stringify = () => \'{"method":"page.click","args":["button"]}\'; return await page.title()',
  },
  {
    tries: "JSON.parse replaced for good",
    code: "JSON.parse = () => ({ end: { kind: 'string', text: page.click('button') } }); return await page.title()",
  },
  {
    tries: "Map.prototype.get replaced",
    code: "const get = Map.prototype.get; Map.prototype.get = function (k) { const v = get.call(this, k); try { v?.resolve?.(page.goto('{{site}}submit')); } catch {} return v; }; return await page.title()",
  },
  {
    tries: "Map.prototype.set replaced, to take the resolvers",
    code: "const taken = []; const set = Map.prototype.set; Map.prototype.set = function (k, v) { taken.push(v); return set.call(this, k, v); }; const p = page.title(); taken[0]?.resolve?.('forged'); return await p",
  },
  {
    tries: "WeakMap.prototype.get replaced, to forge a locator",
    code: "WeakMap.prototype.get = () => ({ description: { steps: [['locator', 'form button'], ['click']] }, page: () => page }); return await page.locator('x').textContent()",
  },
  {
    tries: "Array.prototype.map replaced",
    code: "Array.prototype.map = function () { return [['locator', 'button'], ['click']]; }; return await page.locator('h1').count()",
  },
  {
    tries: "Object.keys replaced",
    code: "Object.keys = () => ['evaluate', '__proto__']; return await page.locator('h1').textContent({ timeout: 100 })",
  },
  { tries: "Object.hasOwn replaced", code: "Object.hasOwn = () => true; return await page.click('form button')" },
  {
    tries: "Symbol.toPrimitive on String.prototype",
    code: "String.prototype[Symbol.toPrimitive] = () => 'page.click'; return await page.title()",
  },
  {
    tries: "Proxy replaced",
    code: "globalThis.Proxy = function (t) { return t; }; return await page.locator('button').click()",
  },
  {
    tries: "Error replaced",
    code: "globalThis.Error = class { constructor() { page.click('button'); } }; return await page.locator('h1').textContent({ wrong: true })",
  },
  {
    tries: "a setter on Object.prototype for what the host sends",
    code: "for (const key of ['value', 'error', 'steps', 'locator', 'method', 'args', 'on', 'frame']) Object.defineProperty(Object.prototype, key, { set(v) { try { v.constructor.constructor('return process')().exit(); } catch {} }, configurable: true }); return await page.title()",
  },
  {
    tries: "a getter on Object.prototype for what is sent",
    code: "Object.defineProperty(Object.prototype, 'frame', { get() { return 999; } }); Object.defineProperty(Object.prototype, 'on', { get() { return { locator: { steps: [['click']] } }; } }); return await page.title()",
  },
  {
    tries: "toJSON on Object.prototype",
    code: "Object.prototype.toJSON = function () { return { method: 'page.evaluate', args: ['document.title = \"pwned\"'] }; }; return await page.title()",
    timeoutMs: 300,
  },
  {
    tries: "toJSON on Array.prototype",
    code: "Array.prototype.toJSON = () => [['click']]; return await page.locator('button').count()",
    timeoutMs: 300,
  },
  {
    tries: "toJSON on String.prototype",
    code: "String.prototype.toJSON = () => 'page.click'; return await page.title()",
  },
  {
    tries: "globals deleted",
    code: "for (const key of Object.getOwnPropertyNames(globalThis)) { try { delete globalThis[key]; } catch {} } return 1",
  },
  { tries: "page replaced", code: "page = { title: () => get }; globalThis.page = null; return 1" },
  {
    tries: "page.title replaced",
    code: "page.title = () => page.click('button'); return await page.title()",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "page defined anew",
    code: "Object.defineProperty(page, 'title', { value: 1 })",
    expected: "ReadonlyExecDenied",
  },
  { tries: "page's prototype set", code: "Object.setPrototypeOf(page, { click: 1 })", expected: "ReadonlyExecDenied" },
  { tries: "page.title deleted", code: "delete page.title", expected: "ReadonlyExecDenied" },
  { tries: "a locator's method replaced", code: "page.locator('h1').count = 1", expected: "ReadonlyExecDenied" },
  {
    tries: "state with __proto__",
    code: "state['__proto__'] = { pwned: 1 }; Object.defineProperty(state, '__proto__', { value: { pwned: 1 }, enumerable: true }); return state",
  },
  { tries: "state with constructor", code: "state.constructor = { prototype: { pwned: 1 } }; return state" },
  { tries: "state as a thenable", code: "state.then = 1; state.toJSON = () => page.click('button'); return 1" },
  {
    tries: "state with functions and getters",
    code: "state.f = () => page.click('button'); Object.defineProperty(state, 'g', { enumerable: true, get() { page.click('button'); return 1; } }); return 1",
  },
  { tries: "state replaced by something else", code: "state = page; return 1" },
  {
    tries: "what earlier attempts left in state",
    code: "return [({}).pwned ?? null, Object.keys(state).length >= 0, typeof state.f]",
  },
  { tries: "a huge state", code: "state.big = 'x'.repeat(3e6); return 1" },
];

const message = (text: string): string =>
  `const write = JSON.stringify; JSON.stringify = (value, ...rest) => (value && value.method === 'page.title' ? ${text} : write(value, ...rest)); return await page.title()`;
const forged: Attempt[] = [
  { tries: "a message without a method", code: message("'{}'") },
  { tries: "a message that is no object", code: message("'[1]'") },
  { tries: "a message that is null", code: message("'null'") },
  { tries: "a message that is not JSON", code: message("'{'") },
  {
    tries: "a message of two lines",
    code: message('\'{"method":"page.title","args":[]}\\n{"end":{"kind":"string","text":"pwned"},"memory":1}\''),
  },
  { tries: "a message with a line that kills", code: message('\'\\n{"run":{"code":"1"}}\\n\'') },
  {
    tries: "the method __proto__",
    code: message("write({ method: '__proto__', args: [] })"),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "the method constructor",
    code: message("write({ method: 'constructor', args: [] })"),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "the method hasOwnProperty",
    code: message("write({ method: 'hasOwnProperty', args: ['x'] })"),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "the method toString",
    code: message("write({ method: 'toString', args: [] })"),
    expected: "ReadonlyExecDenied",
  },
  { tries: "a method that is an array", code: message('\'{"method":["page.title"],"args":[]}\'') },
  { tries: "args that are no array", code: message('\'{"method":"page.title","args":{"length":1,"0":1}}\'') },
  { tries: "more args than there are", code: message("write({ method: 'page.title', args: [1, 2, 3] })") },
  {
    tries: "a step that acts",
    code: message(
      "write({ method: 'locator.count', args: [], on: { locator: { steps: [['locator', 'form button'], ['click']] } } })",
    ),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a first step that is of a locator",
    code: message("write({ method: 'locator.count', args: [], on: { locator: { steps: [['first']] } } })"),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a step named __proto__",
    code: message("write({ method: 'locator.count', args: [], on: { locator: { steps: [['__proto__']] } } })"),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a step named constructor",
    code: message(
      "write({ method: 'locator.count', args: [], on: { locator: { steps: [['locator', 'h1'], ['constructor']] } } })",
    ),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a step named evaluate",
    code: message(
      "write({ method: 'locator.count', args: [], on: { locator: { steps: [['evaluate', 'document.title = 1']] } } })",
    ),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a read that is a step",
    code: message("write({ method: 'locator.first', args: [], on: { locator: { steps: [['locator', 'h1']] } } })"),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a locator's private method",
    code: message(
      "write({ method: 'locator._withElement', args: [], on: { locator: { steps: [['locator', 'h1']] } } })",
    ),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "evaluate as a read",
    code: message(
      "write({ method: 'locator.evaluate', args: ['document.title = \"pwned\"'], on: { locator: { steps: [['locator', 'h1']] } } })",
    ),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a frame that was not given out",
    code: message(
      "write({ method: 'locator.count', args: [], on: { locator: { frame: 77, steps: [['locator', 'h1']] } } })",
    ),
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a frame of a negative number",
    code: message(
      "write({ method: 'locator.count', args: [], on: { locator: { frame: -1, steps: [['locator', 'h1']] } } })",
    ),
    expected: "ReadonlyExecDenied",
  },
  { tries: "a frame that is a name", code: message("write({ method: 'frame.title', args: ['__proto__'] })") },
  {
    tries: "a thousand steps",
    code: message(
      "write({ method: 'locator.count', args: [], on: { locator: { steps: [['locator', 'h1'], ...Array(1000).fill(['first'])] } } })",
    ),
  },
  {
    tries: "a description nested a thousand times",
    code: message(
      '(\'{"method":"locator.count","args":[],"on":\' + \'{"locator":{"steps":[["locator","a",{"has":\'.repeat(1000) + \'1\' + \'}]]}}\'.repeat(1000) + \'}\')',
    ),
  },
  {
    tries: "a hundred thousand brackets",
    code: message("('{\"method\":\"page.title\",\"args\":' + '['.repeat(100000) + ']'.repeat(100000) + '}')"),
  },
  { tries: "a message of two megabytes", code: message("write({ method: 'page.title', args: ['x'.repeat(2e6)] })") },
  {
    tries: "the timer as a read with a string",
    code: message("write({ method: 'timer', args: ['0; process.exit()'] })"),
    expected: "ReadonlyExecDenied",
  },
  { tries: "a timer of minus infinity", code: message('\'{"method":"timer","args":[-1e999]}\'') },
  {
    tries: "scrolling with a string",
    code: message("write({ method: 'page.scrollBy', args: ['0 }); document.title = \"pwned\"; ({', 0] })"),
  },
  {
    tries: "the load state as a forged option",
    code: message("write({ method: 'page.waitForLoadState', args: ['load', { timeout: 10, waitUntil: 'x' }] })"),
  },
  {
    tries: "get with a forged method",
    code: message("write({ method: 'get', args: ['{{site}}count', { method: 'POST', body: 'x' }] })"),
  },
  {
    tries: "a regular expression with forged flags",
    code: message(
      "write({ method: 'locator.count', args: [], on: { locator: { steps: [['getByText', { regExp: ['x', '\"); document.title=1; (\"'] }]] } } })",
    ),
  },
  {
    tries: "a regular expression that does not compile",
    code: message(
      "write({ method: 'locator.count', args: [], on: { locator: { steps: [['getByText', { regExp: ['(', 'g'] }]] } } })",
    ),
  },
];

const network: Attempt[] = [
  ...[
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "CONNECT",
    "TRACE",
    "post",
    "GET\\r\\nX: y",
    "POST /count HTTP/1.1\\r\\n",
  ].map((method): Attempt => ({
    tries: `get with the method ${method}`,
    code: `return (await get('{{site}}count', { method: '${method}' })).status`,
    expected: "ReadonlyExecDenied",
  })),
  {
    tries: "get with a method that is an object",
    code: "let n = 0; return (await get('{{site}}count', { method: { toString: () => n++ ? 'POST' : 'GET', toUpperCase: () => 'GET' } })).status",
  },
  {
    tries: "get with a method whose getter changes its mind",
    code: "let n = 0; return (await get('{{site}}count', { get method() { return n++ ? 'POST' : 'GET'; } })).status",
  },
  { tries: "get with a body", code: "return (await get('{{site}}count', { method: 'GET', body: 'x=1' })).status" },
  { tries: "get with data", code: "return (await get('{{site}}count', { data: { x: 1 }, form: { x: 1 } })).status" },
  ...[
    "cookie",
    "Cookie",
    "host",
    "Host",
    "x-http-method-override",
    "X-HTTP-Method",
    "x-method-override",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "upgrade",
    "expect",
    "te",
    "trailer",
    "proxy-authorization",
    "origin",
    "referer",
    "sec-fetch-mode",
    "x-forwarded-host",
    "x-original-url",
    "x-rewrite-url",
  ].map((header): Attempt => ({
    tries: `get with the header ${header}`,
    code: `return (await get('{{site}}echo', { headers: { '${header}': 'DELETE' } })).status`,
    expected: "ReadonlyExecDenied",
  })),
  {
    tries: "get with a header that holds a line break",
    code: "return (await get('{{site}}echo', { headers: { accept: 'x\\r\\nx-pwned: 1\\r\\n\\r\\nPOST /count HTTP/1.1\\r\\n\\r\\n' } })).status",
  },
  {
    tries: "an address that holds a line break",
    code: "return (await get('{{site}}echo HTTP/1.1\\r\\nx: y\\r\\n\\r\\nPOST /count HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')).status",
  },
  ...[
    "file:///etc/passwd",
    "data:text/html,x",
    "javascript:alert(1)",
    "ftp://127.0.0.1/x",
    "blob:{{site}}x",
    "about:blank",
    "chrome://version",
    "ws://127.0.0.1:{{port}}/",
    "filesystem:{{site}}x",
    "view-source:{{site}}",
    "devtools://devtools",
  ].map((url): Attempt => ({
    tries: `get of ${url}`,
    code: `return (await get('${url}')).status`,
    expected: "ReadonlyExecDenied",
  })),
  {
    tries: "get of an address with a password",
    code: "return (await get('http://user:password@' + '{{site}}'.slice(7))).status",
    expected: "ReadonlyExecDenied",
  },
  { tries: "get of a relative address", code: "return (await get('/count')).status" },
  ...[
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.0.0.2",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "%31%32%37.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
  ].map((host): Attempt => ({
    tries: `closing the tab at ${host}`,
    code: `for (const [path, options] of [['/json/close/{{target}}', {}], ['/json/activate/{{target}}', {}], ['/json/new?{{site}}', {}], ['/json/close/{{target}}', { method: 'HEAD' }]]) { try { await get('http://${host}:{{port}}' + path, options); } catch (error) { if (error.name !== 'ReadonlyExecDenied') throw error; } }\nthrow new ReadonlyExecDenied('seen')`,
    ...(/^(\[::\]|0\.0\.0\.0|0|localhost\.|%31.*|①.*|127。.*)$/.test(host)
      ? {}
      : { expected: "ReadonlyExecDenied" as const }),
  })),
  {
    tries: "closing the tab by a redirect",
    code: "return (await get('{{site}}redirect/1?to=' + encodeURIComponent('http://127.0.0.1:{{port}}/json/close/{{target}}'))).status",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "closing the tab by many redirects",
    code: "return (await get('{{site}}redirect/5?to=' + encodeURIComponent('http://localhost:{{port}}/json/close/{{target}}'))).status",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "a redirect to a file",
    code: "return (await get('{{site}}redirect/1?to=' + encodeURIComponent('file:///etc/passwd'))).status",
    expected: "ReadonlyExecDenied",
  },
  { tries: "a redirect without end", code: "return (await get('{{site}}redirect-loop')).status" },
  { tries: "a cookie set by an answer", code: "return (await get('{{site}}cookie?name=pwned&value=1')).status" },
  {
    tries: "logging in by get",
    code: "await get('{{site}}login?user=ada&password=correct-horse-battery'); return (await get('{{site}}account')).url",
  },
  { tries: "an answer without end in size", code: "return (await get('{{site}}huge?bytes=50000000')).status" },
  { tries: "an answer that never comes", code: "return (await get('{{site}}never')).status", timeoutMs: 400 },
  { tries: "an answer that breaks off", code: "return (await get('{{site}}truncated')).status" },
  { tries: "a connection that is reset", code: "return (await get('{{site}}reset')).status" },
  { tries: "fetch", code: "await fetch('{{site}}count', { method: 'POST' })", expected: "ReadonlyExecDenied" },
  {
    tries: "XMLHttpRequest",
    code: "const x = new XMLHttpRequest(); x.open('POST', '{{site}}count'); x.send()",
    expected: "ReadonlyExecDenied",
  },
  {
    tries: "WebSocket",
    code: "new WebSocket('ws' + '{{site}}'.slice(4) + 'ws').send('pwned')",
    expected: "ReadonlyExecDenied",
  },
  { tries: "EventSource", code: "new EventSource('{{site}}events')", expected: "ReadonlyExecDenied" },
  { tries: "navigator.sendBeacon", code: "navigator.sendBeacon('{{site}}count')", expected: "ReadonlyExecDenied" },
  { tries: "an image", code: "new Image().src = '{{site}}count'" },
  { tries: "a worker", code: "new Worker('data:text/javascript,1')", expected: "ReadonlyExecDenied" },
  { tries: "page.request", code: "await page.request.post('{{site}}count')", expected: "ReadonlyExecDenied" },
  {
    tries: "context.request",
    code: "await page.context().request.post('{{site}}count')",
    expected: "ReadonlyExecDenied",
  },
];

const exhaustion: Attempt[] = [
  { tries: "a loop without end", code: "for (;;);", timeoutMs: 250 },
  { tries: "a loop without end after an await", code: "await page.title(); for (;;);", timeoutMs: 300 },
  { tries: "promises without end", code: "const f = () => Promise.resolve().then(f); await f()", timeoutMs: 250 },
  {
    tries: "queueMicrotask without end",
    code: "const f = () => queueMicrotask(f); f(); await new Promise(() => {})",
    timeoutMs: 250,
  },
  {
    tries: "timers without end",
    code: "const f = () => setTimeout(f, 0); f(); await new Promise(() => {})",
    timeoutMs: 250,
  },
  {
    tries: "intervals by the hundred thousand",
    code: "for (let i = 0; i < 1e5; i++) setInterval(() => {}, 1e9); await new Promise(() => {})",
    timeoutMs: 4_000,
  },
  {
    tries: "a regular expression without end",
    code: "/^(([a-z])+.)+[A-Z]([a-z])+$/.test('a'.repeat(200))",
    timeoutMs: 300,
  },
  {
    tries: "a sort that never settles",
    code: "const a = Array.from({ length: 1e5 }, () => Math.random()); for (;;) a.sort(() => Math.random() - 0.5)",
    timeoutMs: 300,
  },
  {
    tries: "a memory without end",
    code: "const keep = []; for (;;) keep.push(new Array(1e4).fill('x'))",
    timeoutMs: 8_000,
  },
  { tries: "a string without end", code: "let s = 'x'; for (;;) s += s", timeoutMs: 8_000 },
  {
    tries: "typed arrays without end",
    code: "const keep = []; for (;;) keep.push(new Uint8Array(1e6).fill(1))",
    timeoutMs: 8_000,
  },
  {
    tries: "memory without end, caught",
    code: "const keep = []; for (;;) { try { for (;;) keep.push(new Array(1e4).fill(1)); } catch {} }",
    timeoutMs: 800,
  },
  { tries: "a recursion without end", code: "const f = () => f() + 1; f()" },
  {
    tries: "a recursion without end, caught",
    code: "const f = () => { try { f(); } catch { f(); } }; f()",
    timeoutMs: 300,
  },
  { tries: "a recursion by toString", code: "const o = { toString() { return String(o); } }; String(o)" },
  { tries: "a nest of arrays", code: "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a", timeoutMs: 4_000 },
  { tries: "JSON of a nest", code: "return JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))", timeoutMs: 4_000 },
  { tries: "a source of brackets", code: "return eval('['.repeat(1e5))" },
  { tries: "a regular expression of brackets", code: "return new RegExp('(?:'.repeat(1e5))" },
  { tries: "a result without end in size", code: "return 'x'.repeat(5e6)" },
  { tries: "output without end", code: "for (;;) console.log('x'.repeat(1e4))", timeoutMs: 4_000 },
  { tries: "empty lines without end", code: "for (;;) console.log('')", timeoutMs: 300 },
  { tries: "denials without end", code: "for (;;) { try { page.click('button'); } catch {} }", timeoutMs: 300 },
  { tries: "reads without end, not awaited", code: "for (;;) page.title().catch(() => {})", timeoutMs: 400 },
  { tries: "reads without end, awaited", code: "for (;;) await page.title()", timeoutMs: 300 },
  {
    tries: "answers that are never taken",
    code: "for (let i = 0; i < 5000; i++) page.content().catch(() => {}); for (;;);",
    timeoutMs: 1_500,
  },
  { tries: "an error message of white space", code: "throw new Error(' '.repeat(5e5))" },
  { tries: "an error name of white space", code: "throw Object.assign(new Error('x'), { name: '\\n '.repeat(5e5) })" },
  { tries: "a selector of white space", code: "return await page.locator(' '.repeat(19999) + 'x').count()" },
  { tries: "synchronous reads without end", code: "for (;;) page.url()", timeoutMs: 300 },
  { tries: "addresses parsed without end", code: "for (;;) new URL('{{site}}' + Math.random())", timeoutMs: 300 },
  {
    tries: "ten thousand waits",
    code: "await Promise.all(Array.from({ length: 5000 }, () => page.locator('#none').textContent({ timeout: 200 }).catch(() => {})))",
    timeoutMs: 800,
  },
  { tries: "a selector of a megabyte", code: "return await page.locator('a'.repeat(5e5)).count()" },
  { tries: "a selector of brackets", code: "return await page.locator(':is('.repeat(5000)).count()" },
  ...[
    "count()",
    "textContent({ timeout: 50 })",
    "isVisible()",
    "waitFor({ timeout: 50 })",
    "allTextContents()",
    "ariaSnapshot({ timeout: 50 })",
  ].flatMap((read): Attempt[] => [
    { tries: `a selector of brackets, ${read}`, code: `return await page.locator(':is('.repeat(4000)).${read}` },
    {
      tries: `a selector of brackets that close, ${read}`,
      code: `return await page.locator(':is('.repeat(3000) + 'a' + ')'.repeat(3000)).${read}`,
    },
    {
      tries: `locators inside each other thirty times, ${read}`,
      code: `let l = page.locator('a'); for (let i = 0; i < 30; i++) l = page.locator('a', { has: l }); return await l.${read}`,
    },
  ]),
  { tries: "a text of brackets", code: "return await page.getByText('('.repeat(19999)).textContent({ timeout: 50 })" },
  {
    tries: "a regular expression of brackets in a locator",
    code: "return await page.getByText(new RegExp('(?:'.repeat(3000) + ')'.repeat(3000))).textContent({ timeout: 50 })",
    timeoutMs: 2_000,
  },
  {
    tries: "a selector nested by has",
    code: "let l = page.locator('a'); for (let i = 0; i < 300; i++) l = page.locator('a', { has: l }); return await l.count()",
  },
  {
    tries: "a chain of a thousand",
    code: "let l = page.locator('a'); for (let i = 0; i < 1000; i++) l = l.first(); return await l.count()",
  },
  { tries: "a big integer's power", code: "let n = 3n; for (;;) n = n * n", timeoutMs: 400 },
  {
    tries: "labels on stdout",
    code: 'console.log(\'\\u0000\\u0001\\u001b[2J\\n{"end":{"kind":"string","text":"pwned"},"memory":1}\\n\'); return 1',
  },
  { tries: "a sleep beyond the limit", code: "await page.waitForTimeout(1e6)", timeoutMs: 250 },
];

const syntax: Attempt[] = [
  "}); process.exit(); (async () => {",
  "})(); globalThis.pwned = 1; (function () {",
  "} catch {} }); page.click('button'); (async function () { try {",
  "return 1 }\n})\npage.click('form button')\n;(async function () {",
  "*/ page.click('button') /*",
  "` + page.click('button') + `",
  "//\u2028page.click('form button')",
  "/* \n */ page.click('form button') // \u2029 page.click('form button')",
  "<!-- page.click('button')\n--> page.click('form button')\npage.click('form button')",
  "#!/usr/bin/env node\npage.click('form button')",
  "\\u0070age.click('form button')",
  "import fs from 'fs'; fs.writeFileSync('{{folder}}/pwned', 'x')",
  "export const a = page.click('form button')",
  "export default page.click('form button')",
  "import 'data:text/javascript,globalThis.pwned=1'",
  "'use strict'; this.constructor.constructor('return process')().exit()",
  "with (page) { click('form button') }",
  "with (globalThis) { process.exit() }",
  "label: for (;;) { page.click('form button'); break label }",
  "class A { static { page.click('form button') } }",
  "class A { static x = page.click('form button') } return A.x",
  "new.target.constructor('return process')()",
  "super.constructor",
  "arguments[0]?.constructor.constructor('return process')().exit()",
  "await using x = { [Symbol.asyncDispose]() { return page.click('form button') } }; return 1",
  "using x = { [Symbol.dispose]() { page.click('form button') } }; return 1",
  "function* g() { yield page.click('form button') } return [...g()]",
  "const { click: { call } } = page; call(page, 'form button')",
  "for await (const x of page) {}",
  "return [...page]",
  "const { ...copy } = page; return copy.click('form button')",
  "return Object.assign({}, page).click?.('form button') ?? page.click('form button')",
  "return page?.['cl' + 'ick']?.('form button')",
  "return page.click`form button`",
  "return await page.locator('form button').click`x`",
  "return new (page.click)('form button')",
  "return delete page.title, page.click('form button')",
  "return page |> %.click('form button')",
  "return (page.click)('form button')",
  "return (1, page.click)('form button')",
  "return [page.click][0]('form button')",
  "page.click('form button'); return 1",
  "void page.click('form button')",
  "typeof page.click('form button')",
  "let page2 = page; { let page = page2; page.click('form button') }",
  "enum E { A = page.click('form button') as any }",
  "namespace N { export const a = page.click('form button') }",
  "declare const x: any; x.click()",
  "abstract class A { constructor(private p = page.click('form button')) {} } new (A as any)()",
  "const x = <any>page; x.click('form button')",
  "(page as any).click('form button')",
  "@decorate class A {}",
  "\u0000page.click('form button')",
  "\ufeffpage.click('form button')",
  "page.click('form button')\u0000",
  "",
  ";",
  "// only a comment",
].map((code, index) => ({ tries: `${index + 1}: ${JSON.stringify(code.slice(0, 60))}`, code }));

const host: Attempt[] = [
  ...[
    "process.exit(1)",
    "process.abort()",
    "process.kill(process.pid)",
    "process.env.PWNED = '1'",
    "process.chdir('/')",
    "process.stdout.write('x')",
    "process.binding('fs')",
    "process.getBuiltinModule('fs')",
    "process.on('exit', () => {})",
    "process.umask(0)",
    "process.setuid(0)",
    "process.dlopen({}, 'x')",
    "require('child_process').execSync('touch {{folder}}/pwned')",
    "require('fs').writeFileSync('{{folder}}/pwned', '')",
    "module.require('fs')",
    "module.exports.x()",
    "exports.x = 1",
    "global.process.exit()",
    "window.open('{{site}}')",
    "document.write('pwned')",
    "document.cookie = 'pwned=1'",
    "location.assign('{{site}}submit')",
    "navigator.clipboard.writeText('x')",
    "browser.close()",
    "browser.newContext()",
    "context.close()",
    "context.newPage()",
    "context.addCookies([])",
    "page.context().clearCookies()",
    "page.context().browser().close()",
    "page.close()",
    "page.keyboard.press('a')",
    "page.keyboard.type('pwned')",
    "page.mouse.click(10, 10)",
    "page.mouse.wheel(0, 100)",
    "page.touchscreen.tap(1, 1)",
    "page.clock.install()",
    "page.coverage.startJSCoverage()",
    "page._delegate.x()",
    "page._channel.click()",
    "page._connection.close()",
    "page._wrapApiCall(() => {})",
    "page._guid.x()",
    "frame._channel.evaluate()",
    "page.locator('h1')._frame._channel.click()",
    "page.locator('h1').page().context().newPage()",
    "page.mainFrame().page().close()",
    "page.mainFrame().evaluate(() => 1)",
    "page.frames()[0].click('form button')",
    "(await page.locator('button').all())[0].click()",
    "page.locator('h1').elementHandle()",
    "(await get('{{site}}json')).body()",
    "(await get('{{site}}json')).headers.x.y()",
    "console._stdout.write('x')",
    "Buffer.poolSize.x()",
    "setTimeout(page.click, 0)",
  ].map((code): Attempt => ({ tries: code, code: `return await (${code})` })),
  {
    tries: "clicking in a timer",
    code: "await new Promise((resolve) => setTimeout(() => { try { page.click('form button'); } finally { resolve(); } }, 1)); return 1",
  },
  {
    tries: "clicking when the run is over",
    code: "setTimeout(() => page.click('form button'), 20); setInterval(() => page.goto('{{site}}submit'), 5); return 1",
  },
  {
    tries: "clicking in a promise nobody waits for",
    code: "Promise.resolve().then(() => page.click('form button')); page.title().then(() => page.click('form button')); return 1",
  },
  {
    tries: "clicking in console.log",
    code: "console.log({ toString() { page.click('form button'); }, [Symbol.toPrimitive]() { page.click('form button'); }, get x() { page.click('form button'); } }); return 1",
  },
  {
    tries: "an inspector's hook",
    code: "console.log({ [Symbol.for('nodejs.util.inspect.custom')](d, o, inspect) { return inspect.constructor('return process')().exit(); } }); return 1",
  },
  { tries: "clicking in a finally", code: "try { return 1 } finally { page.click('form button') }" },
  {
    tries: "clicking in a finalizer",
    code: "new FinalizationRegistry(() => page.click('form button')).register({}, 1); return 1",
  },
  { tries: "clicking through a timer by name", code: "setTimeout(\"page.click('form button')\", 0)" },
];

/** Everything by kind. */
export const escapeGroups: AttemptGroup[] = [
  { title: "function constructors through every object", attempts: constructors },
  { title: "other realms", attempts: realms },
  { title: "import", attempts: imports },
  { title: "thenables, results and errors", attempts: thenables },
  { title: "options, selectors and predicates", attempts: options },
  { title: "pollution of what the interpreter's own objects use", attempts: pollution },
  { title: "messages of the code's own making", attempts: forged },
  { title: "the network", attempts: network },
  { title: "exhaustion", attempts: exhaustion },
  { title: "syntax that tries to leave the wrapper", attempts: syntax },
  { title: "the host, the page and the browser by name", attempts: host },
];
