/** Read programs as users write them, and what each must give. They run on the pages of the tests' own site. */

export interface HonestProgram {
  /** What it reads, in words. */
  reads: string;
  /** Path of the page on which it runs. */
  at: string;
  code: string;
  /** The printed result; a function where it depends on the site's address. */
  gives: string | ((site: { url(path?: string): string; otherSiteUrl(path?: string): string }) => string) | RegExp;
  /** Lines on the console, with their level. */
  prints?: string[];
}

const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

export const honestPrograms: HonestProgram[] = [
  // The reference's own examples.
  { reads: "the title", at: "/", code: "return await page.title()", gives: "The Shelf" },
  {
    reads: "whether an element is visible",
    at: "/",
    code: "return await page.locator('#submit').isVisible()",
    gives: "true",
  },
  {
    reads: "the text of a section",
    at: "/",
    code: "return await page.locator('.results').textContent()",
    gives: "Three books are on the shelf.",
  },
  // A lone expression.
  { reads: "the title, as an expression", at: "/", code: "page.title()", gives: "The Shelf" },
  { reads: "the title, as an awaited expression", at: "/", code: "await page.title()", gives: "The Shelf" },
  {
    reads: "an object, as an expression",
    at: "/",
    code: "({ title: await page.title() })",
    gives: json({ title: "The Shelf" }),
  },
  {
    reads: "an object without parentheses",
    at: "/",
    code: "{ a: 1, b: [true, null] }",
    gives: json({ a: 1, b: [true, null] }),
  },
  // The page.
  { reads: "the address", at: "/form", code: "return page.url()", gives: (site) => site.url("/form") },
  {
    reads: "the path by URL",
    at: "/table?page=2",
    code: "const { pathname, searchParams } = new URL(page.url());\nreturn `${pathname} ${searchParams.get('page')}`;",
    gives: "/table 2",
  },
  {
    reads: "the HTML",
    at: "/",
    code: "const html = await page.content(); return [html.startsWith('<!DOCTYPE html>'), html.includes('The Periodic Table')]",
    gives: json([true, true]),
  },
  {
    reads: "the viewport as a method",
    at: "/",
    code: "const { width, height } = page.viewportSize(); return width > 100 && height > 100",
    gives: "true",
  },
  {
    reads: "the viewport as a property",
    at: "/",
    code: "return page.viewportSize.width === page.viewportSize().width",
    gives: "true",
  },
  {
    reads: "the load state",
    at: "/",
    code: "await page.waitForLoadState(); await page.waitForLoadState('networkidle', { timeout: 10000 }); return 'loaded'",
    gives: "loaded",
  },
  {
    reads: "an address that is already there",
    at: "/table",
    code: "await page.waitForURL('**/table'); return 'there'",
    gives: "there",
  },
  {
    reads: "an address by a regular expression",
    at: "/table",
    code: "await page.waitForURL(/\\/table$/); return 'there'",
    gives: "there",
  },
  {
    reads: "an address by a predicate",
    at: "/table?page=3",
    code: "await page.waitForURL((url) => url.searchParams.get('page') === '3'); return 'there'",
    gives: "there",
  },
  {
    reads: "an address that never comes",
    at: "/table",
    code: "try { await page.waitForURL('**/nowhere', { timeout: 300 }) } catch (error) { return error.name }",
    gives: "TimeoutError",
  },
  { reads: "whether the page is closed", at: "/", code: "page.isClosed()", gives: "false" },
  {
    reads: "the accessibility tree",
    at: "/",
    code: "return (await page.ariaSnapshot()).includes('heading \"The Shelf\"')",
    gives: "true",
  },
  // Factories.
  {
    reads: "by role and name",
    at: "/form",
    code: "return await page.getByRole('button', { name: 'Send' }).innerText()",
    gives: "Send",
  },
  {
    reads: "by role with a regular expression",
    at: "/form",
    code: "return await page.getByRole('button', { name: /^la/i }).textContent()",
    gives: "Later",
  },
  {
    reads: "a heading of a level",
    at: "/",
    code: "return await page.getByRole('heading', { level: 1 }).count()",
    gives: "1",
  },
  { reads: "by text", at: "/", code: "return await page.getByText('Flatland').count()", gives: "1" },
  { reads: "by exact text", at: "/", code: "return await page.getByText('flat', { exact: true }).count()", gives: "0" },
  {
    reads: "by a text's regular expression",
    at: "/",
    code: "return await page.getByText(/^invisible/i).innerText()",
    gives: "Invisible Cities",
  },
  {
    reads: "by label",
    at: "/form",
    code: "return await page.getByLabel('E-mail').inputValue()",
    gives: "ada@example.test",
  },
  {
    reads: "by placeholder",
    at: "/form",
    code: "return await page.getByPlaceholder('Your name').getAttribute('autocomplete')",
    gives: "name",
  },
  {
    reads: "by alternative text",
    at: "/",
    code: "return await page.getByAltText('A pixel').getAttribute('src')",
    gives: "/image.png",
  },
  { reads: "by title", at: "/", code: "return await page.getByTitle('One pixel').isVisible()", gives: "true" },
  {
    reads: "by test id",
    at: "/",
    code: "return Number(await page.getByTestId('shelf-size').textContent())",
    gives: "3",
  },
  {
    reads: "by XPath",
    at: "/",
    code: "return await page.locator('xpath=//ul/li[2]').textContent()",
    gives: "The Periodic Table",
  },
  {
    reads: "by a chain of selectors",
    at: "/",
    code: "return await page.locator('ul >> li >> nth=-1').textContent()",
    gives: "Invisible Cities",
  },
  // Refinements.
  {
    reads: "first, last and nth",
    at: "/",
    code: "const items = page.locator('li'); return [await items.first().innerText(), await items.last().innerText(), await items.nth(1).innerText()]",
    gives: json(["Flatland", "Invisible Cities", "The Periodic Table"]),
  },
  {
    reads: "a filter by text",
    at: "/table",
    code: "return await page.locator('tr').filter({ hasText: 'Book 7' }).locator('td').nth(2).textContent()",
    gives: "10.50",
  },
  {
    reads: "a filter by a regular expression",
    at: "/table",
    code: "return await page.locator('tbody td').filter({ hasText: /^Book (1|2)$/ }).count()",
    gives: "2",
  },
  {
    reads: "a filter by a locator",
    at: "/table",
    code: "return await page.locator('tr').filter({ has: page.locator('td', { hasText: /^9$/ }) }).locator('td').allTextContents()",
    gives: json(["9", "Book 9", "13.50"]),
  },
  {
    reads: "a filter by what is not there",
    at: "/table",
    code: "return await page.locator('tr').filter({ hasNot: page.locator('td') }).count()",
    gives: "1",
  },
  {
    reads: "and",
    at: "/form",
    code: "return await page.getByRole('button').and(page.locator('[type=submit]')).innerText()",
    gives: "Send",
  },
  {
    reads: "or",
    at: "/",
    code: "return await page.locator('#submit').or(page.locator('#nothing')).innerText()",
    gives: "Order",
  },
  {
    reads: "visible ones",
    at: "/",
    code: "return [await page.locator('button').count(), await page.locator('button').filter({ visible: true }).count()]",
    gives: json([2, 1]),
  },
  {
    reads: "a locator inside a locator",
    at: "/form",
    code: "const form = page.locator('form'); return await form.getByRole('checkbox').isChecked()",
    gives: "true",
  },
  {
    reads: "all of them, one by one",
    at: "/",
    code: "const texts = [];\nfor (const item of await page.locator('li').all()) texts.push(await item.textContent());\nreturn texts;",
    gives: json(["Flatland", "The Periodic Table", "Invisible Cities"]),
  },
  {
    reads: "all of them at once",
    at: "/table",
    code: "return (await Promise.all((await page.locator('tbody tr').all()).map((row) => row.locator('td').nth(1).innerText()))).length",
    gives: "10",
  },
  // Reads.
  {
    reads: "innerHTML",
    at: "/form",
    code: "return (await page.locator('fieldset').innerHTML()).startsWith('<legend>')",
    gives: "true",
  },
  {
    reads: "a bounding box",
    at: "/",
    code: "const box = await page.locator('img').boundingBox(); return { width: box.width, height: box.height }",
    gives: json({ width: 10, height: 10 }),
  },
  {
    reads: "no bounding box of what is hidden",
    at: "/",
    code: "return await page.locator('#hidden').boundingBox()",
    gives: "null",
  },
  {
    reads: "the value of a selection",
    at: "/form",
    code: "return await page.locator('select').inputValue()",
    gives: "m",
  },
  { reads: "what is hidden", at: "/", code: "return await page.locator('#hidden').isHidden()", gives: "true" },
  {
    reads: "what is enabled, disabled, editable",
    at: "/form",
    code: "return { send: await page.getByText('Send').isEnabled(), later: await page.getByText('Later').isDisabled(), fixed: await page.locator('[name=fixed]').isEditable() }",
    gives: json({ send: true, later: true, fixed: false }),
  },
  {
    reads: "a radio button",
    at: "/form",
    code: "return await page.getByLabel('Soft').isChecked() && !(await page.getByLabel('Hard').isChecked())",
    gives: "true",
  },
  {
    reads: "inner texts",
    at: "/",
    code: "return await page.locator('nav a').allInnerTexts()",
    gives: json(["Form", "Table", "Frames"]),
  },
  {
    reads: "an attribute that is not there",
    at: "/",
    code: "return await page.locator('h1').getAttribute('id')",
    gives: "null",
  },
  {
    reads: "an accessibility tree of a part",
    at: "/",
    code: "return await page.locator('ul').ariaSnapshot()",
    gives: "- list:\n  - listitem: Flatland\n  - listitem: The Periodic Table\n  - listitem: Invisible Cities",
  },
  {
    reads: "a wait for an element",
    at: "/",
    code: "await page.locator('h1').waitFor({ state: 'visible', timeout: 5000 }); return 'seen'",
    gives: "seen",
  },
  {
    reads: "a wait in vain",
    at: "/",
    code: "try {\n  await page.locator('#never').waitFor({ timeout: 200 });\n} catch (error) {\n  return `${error.name}: ${error.message.includes(\"#never\")}`;\n}",
    gives: "TimeoutError: true",
  },
  {
    reads: "with page.textContent",
    at: "/",
    code: "return [await page.textContent('h1'), await page.isVisible('#hidden'), await page.getAttribute('img', 'alt')]",
    gives: json(["The Shelf", false, "A pixel"]),
  },
  // Frames. One in another process comes a moment after the page that holds it, as in Playwright.
  {
    reads: "the frames",
    at: "/frames",
    code: "await page.frameLocator('[name=cross]').locator('h2').waitFor();\nreturn page.frames().map((frame) => frame.name()).sort()",
    gives: json(["", "cross", "inline", "same"]),
  },
  {
    reads: "a frame's address",
    at: "/frames",
    code: "await page.frameLocator('[name=cross]').locator('h2').waitFor();\nreturn page.frame('cross').url()",
    gives: (site) => site.otherSiteUrl("/frame-inner?cross"),
  },
  {
    reads: "inside a frame of the same site",
    at: "/frames",
    code: "return await page.frameLocator('[name=same]').getByLabel('Inside').inputValue()",
    gives: "in the frame",
  },
  {
    reads: "inside a frame of another site",
    at: "/frames",
    code: "return await page.frameLocator('[name=cross]').locator('h2').textContent()",
    gives: "Inner page",
  },
  {
    reads: "a frame's own locator",
    at: "/frames",
    code: "const frame = page.frames().find((f) => f.url().endsWith('?same'));\nreturn [await frame.title(), await frame.locator('h2').innerText(), frame.parentFrame() === page.mainFrame()]",
    gives: json(["Inner", "Inner page", true]),
  },
  {
    reads: "the content frame of an element",
    at: "/frames",
    code: "return await page.locator('[name=inline]').contentFrame().locator('button').textContent()",
    gives: "Inline button",
  },
  // The network.
  {
    reads: "JSON by get",
    at: "/",
    code: "const response = await get(new URL('/json', page.url()).href);\nreturn [response.status, response.ok, (await response.json()).total]",
    gives: json([200, true, 3]),
  },
  {
    reads: "text by get",
    at: "/",
    code: "const r = await get(page.url() + 'text'); return `${r.headers['content-type']}: ${await r.text()}`",
    gives: "text/plain; charset=utf-8: Plain text, with an é and a 猫.",
  },
  {
    reads: "the head by get",
    at: "/",
    code: "const r = await get(page.url() + 'text', { method: 'HEAD' }); return [r.status, await r.text()]",
    gives: json([200, ""]),
  },
  {
    reads: "what is not found by get",
    at: "/",
    code: "const r = await get(page.url() + 'status/404'); return [r.status, r.ok]",
    gives: json([404, false]),
  },
  {
    reads: "a redirect by get",
    at: "/",
    code: "const r = await get(page.url() + 'redirect/3?to=/text'); return new URL(r.url).pathname",
    gives: "/text",
  },
  // The environment.
  {
    reads: "TypeScript",
    at: "/table",
    code: "interface Row { title: string; price: number }\nconst rows: Row[] = [];\nfor (const row of await page.locator('tbody tr').all()) {\n  const [, title, price] = await row.locator('td').allTextContents() as [string, string, string];\n  rows.push({ title, price: Number(price) });\n}\nconst total = rows.reduce((sum: number, { price }) => sum + price, 0);\nreturn { first: rows[0]!.title, total } satisfies { first: string; total: number };",
    gives: json({ first: "Book 1", total: 82.5 }),
  },
  {
    reads: "TypeScript with generics and enums of strings",
    at: "/",
    code: "function pick<T, K extends keyof T>(from: T, key: K): T[K] { return from[key]; }\ntype Level = 'low' | 'high';\nconst level: Level = 'high' as Level;\nreturn pick<{ a: Level }, 'a'>({ a: level }, 'a');",
    gives: "high",
  },
  {
    reads: "several lines with comments",
    at: "/",
    code: "// How many books?\nconst items = page.locator('li'); /* all of them */\n\nreturn `${await items.count()} books`; // done",
    gives: "3 books",
  },
  {
    reads: "a function of its own",
    at: "/",
    code: "async function texts(selector) {\n  return await page.locator(selector).allTextContents();\n}\nreturn (await texts('nav a')).join(',');",
    gives: "Form,Table,Frames",
  },
  {
    reads: "nothing, and logs",
    at: "/",
    code: "console.log('title: %s', await page.title());\nconsole.error({ count: await page.locator('li').count() });",
    gives: "",
    prints: ["log: title: The Shelf", "error: { count: 3 }"],
  },
  {
    reads: "with timers",
    at: "/",
    code: "const order = [];\nsetTimeout(() => order.push('late'), 30);\nlet id;\nawait new Promise((resolve) => { id = setInterval(() => { order.push('tick'); if (order.includes('late') && order.length > 2) resolve(); }, 5); });\nclearInterval(id);\nconst ticks = order.length;\nawait new Promise((resolve) => setTimeout(resolve, 60));\nreturn [order.includes('late'), order.length === ticks];",
    gives: json([true, true]),
  },
  {
    reads: "with Buffer",
    at: "/",
    code: "return Buffer.from(await page.title()).toString('base64')",
    gives: "VGhlIFNoZWxm",
  },
  {
    reads: "with URL",
    at: "/",
    code: "const url = new URL('../a?b=1#c', 'https://example.test/x/y/z');\nurl.searchParams.append('d', 'é e');\nreturn url.href",
    gives: "https://example.test/x/a?b=1&d=%C3%A9+e#c",
  },
  {
    reads: "with dates, maps and sets",
    at: "/",
    code: "const seen = new Set(await page.locator('li').allTextContents());\nreturn [seen.has('Flatland'), new Date(0).toISOString(), Object.fromEntries(new Map([['a', 1]]))]",
    gives: json([true, "1970-01-01T00:00:00.000Z", { a: 1 }]),
  },
  {
    reads: "numbers and dates as people of a place write them",
    at: "/",
    code: "const day = new Date('2026-03-01T12:00:00Z');\nreturn [(1234567.891).toLocaleString(), (0.5).toLocaleString('de-DE', { style: 'percent' }), day.toLocaleDateString('de-DE', { month: 'long', year: 'numeric' }), day.toLocaleDateString('en-GB'), 12345678901234567890n.toLocaleString('en-US')]",
    gives: json(["1,234,567.891", "50\u00a0%", "März 2026", "01/03/2026", "12,345,678,901,234,567,890"]),
  },
  {
    reads: "texts in the order of a language",
    at: "/",
    code: "return ['b', 'a', 'ä', 'B', 'z'].sort((a, b) => a.localeCompare(b)).concat(['z', 'ä'].sort((a, b) => a.localeCompare(b, 'sv')))",
    gives: json(["a", "ä", "b", "B", "z", "z", "ä"]),
  },
  {
    reads: "a locale that is none",
    at: "/",
    code: "try { (1).toLocaleString('no such place') } catch (error) { return error.name }",
    gives: "RangeError",
  },
  {
    reads: "an error, shown with its place in the TypeScript that was typed",
    at: "/",
    code: "const f = (x: number): Error => new Error(`of ${x}`);\nconsole.error(f(1) as Error);\nreturn 1",
    gives: "1",
    prints: ["error: Error: of 1\n    at f (code:1:33)\n    at <anonymous> (code:2:15)"],
  },
  { reads: "a Map, shown", at: "/", code: "return new Map([['a', [1, 2]]])", gives: "Map(1) { 'a' => [ 1, 2 ] }" },
  {
    reads: "a big integer, shown",
    at: "/",
    code: "return { big: 12345678901234567890n }",
    gives: "{ big: 12345678901234567890n }",
  },
  {
    reads: "a circle, shown",
    at: "/",
    code: "const a = { name: 'a' }; a.self = a; return a",
    gives: /name: 'a'.*\[Circular/,
  },
  {
    reads: "an error that is caught",
    at: "/",
    code: "try { await page.locator('button').textContent({ timeout: 2000 }) } catch (error) { return error.message.includes('strict mode violation') }",
    gives: "true",
  },
  {
    reads: "a denied call that is caught",
    at: "/",
    code: "try { await page.click('#submit') } catch (error) { return [error.name, error instanceof ReadonlyExecDenied] }",
    gives: json(["ReadonlyExecDenied", true]),
  },
  {
    reads: "the scroll position after scrolling",
    at: "/",
    code: "const { y } = await scrollBy(0, 500); await scrollBy(0, -500); return y",
    gives: "500",
  },
  {
    reads: "the same by the page's own name for it",
    at: "/",
    code: "const { y } = await page.scrollBy(0, 500); await page.scrollBy(0, -500); return y",
    gives: "500",
  },
  {
    reads: "a locator, shown",
    at: "/",
    code: "return page.getByRole('button', { name: 'Send' })",
    gives: "Locator getByRole('button', { name: 'Send' })",
  },
  { reads: "a nested promise", at: "/", code: "return Promise.all([page.title(), 1])", gives: json(["The Shelf", 1]) },
  {
    reads: "destructured methods of plain objects",
    at: "/",
    code: "const { length } = await page.content(); return length > 100",
    gives: "true",
  },
];
