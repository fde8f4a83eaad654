import assert from "node:assert/strict";
import { saysWhereMouseIs } from "../support/browser.js";
import { LiveViewer } from "../support/liveViewer.js";
import { useFixtures } from "../support/fixtures.js";

/** Ten pages, twenty elements of each: `data-n` numbers them, which no locator may use. */
const pages: [name: string, html: string][] = [
  ["buttons of one name", rows((n) => `<button data-n="${n}">Delete</button>`)],
  ["fields with labels", rows((n) => `<label>Field ${n} <input data-n="${n}"></label>`)],
  [
    "icon fonts",
    `<style>i::before { content: "\\e900"; } i { display: inline-block; width: 16px; height: 16px; background: #ccc }</style>${rows((n) => `<button data-n="${n}" aria-label="${n % 2 ? `Icon ${n}` : "Icon"}"><i></i></button>`)}`,
  ],
  ["right to left", `<div dir="rtl" lang="ar">${rows((n) => `<a href="#${n}" data-n="${n}">رابط ${n}</a>`)}</div>`],
  ["test ids", rows((n) => `<span data-testid="row-${n}" data-n="${n}">x</span>`)],
  ["texts with quotes", rows((n) => `<p><span data-n="${n}">It's "${n}" \\ &lt;b&gt;</span></p>`)],
  [
    "a table",
    `<table>${Array.from({ length: 20 }, (_, n) => `<tr><td>${n}</td><td data-n="${n}">same</td></tr>`).join("")}</table>`,
  ],
  ["shadow roots", rows((n) => `<div class="host" data-shadow="${n}"></div>`)],
  [
    "frames",
    Array.from(
      { length: 4 },
      (_, f) =>
        `<iframe style="width:940px;height:110px" srcdoc="${rows((n) => `<button data-n='${f * 5 + n}'>In frame</button>`, 5).replaceAll('"', "&quot;")}"></iframe>`,
    ).join(""),
  ],
  [
    "traps of a form",
    `<form>${rows((n) => `<input name="${["id", "name", "title", "method"][n % 4]}" placeholder="Trap ${n}" data-n="${n}">`)}</form>`,
  ],
];

function rows(row: (n: number) => string, count = 20): string {
  return `<div style="display:grid;grid-template-columns:repeat(4,220px);gap:4px">${Array.from({ length: count }, (_, n) => `<div>${row(n)}</div>`).join("")}</div>`;
}

/** Where an element is, as the page itself has it: in frames and shadow roots, too. */
const places = `(() => {
  const found = {};
  const visit = (root, x, y) => {
    for (const element of root.querySelectorAll('*')) {
      const box = element.getBoundingClientRect();
      if (element.dataset.n !== undefined) found[element.dataset.n] = { x: x + box.x + box.width / 2, y: y + box.y + box.height / 2 };
      if (element.shadowRoot) visit(element.shadowRoot, x, y);
      if (element.contentDocument) visit(element.contentDocument, x + box.x + element.clientLeft, y + box.y + element.clientTop);
    }
  };
  visit(document, 0, 0);
  return found;
})()`;

describe("V7, must show 4: pick locator", () => {
  const given = useFixtures("pick");

  it("on 200 elements of ten pages each locator finds that element and no other, and the page saw nothing", async () => {
    await given.workspace.open(given.site.url("/"), "--session", "p", "--read-only");
    const witness = await given.witness("p");
    using viewer = await LiveViewer.open(given.workspace, { session: "p", width: 0, height: 0 });
    let picked = 0;
    for (const [name, html] of pages) {
      await witness.evaluate(`(async () => {
        document.body.innerHTML = ${JSON.stringify(html)};
        for (const host of document.querySelectorAll('[data-shadow]'))
          host.attachShadow({ mode: 'open' }).innerHTML = '<button data-n="' + host.dataset.shadow + '">In the shadow</button>';
        await Promise.all([...document.querySelectorAll('iframe')].map((frame) => new Promise((resolve) => (frame.onload = resolve))));
        window.seen = [];
        const watch = (target) => new MutationObserver((list) => seen.push(...list.map(({ type }) => type))).observe(target, { subtree: true, childList: true, attributes: true, characterData: true });
        watch(document);
        for (const frame of document.querySelectorAll('iframe')) watch(frame.contentDocument);
        for (const host of document.querySelectorAll('[data-shadow]')) watch(host.shadowRoot);
        window.before = 0;
        window.before = Object.keys(window).length;
        for (const type of ['mousemove', 'mouseover', 'focus', 'pointerover', 'scroll']) addEventListener(type, (event) => ${saysWhereMouseIs}(event) || seen.push(type), true);
      })()`);
      const found = await witness.evaluate<Record<string, { x: number; y: number }>>(places);
      const locators: [n: string, locator: string][] = [];
      for (const [n, { x, y }] of Object.entries(found)) {
        const { element } = await viewer.view.pick(undefined, x, y);
        assert.ok(element, `${name} ${n}`);
        assert.ok(
          x >= element.box.x &&
            x <= element.box.x + element.box.width &&
            y >= element.box.y &&
            y <= element.box.y + element.box.height,
          `${name} ${n}: ${JSON.stringify(element)}`,
        );
        assert.doesNotMatch(element.locator, /data-n\b/);
        locators.push([n, element.locator]);
      }
      assert.deepEqual(await witness.evaluate("seen"), [], name);
      assert.equal(await witness.evaluate("Object.keys(window).length - before"), 0, name);
      // Playwright is asked what they find: the number, and how many there are.
      const answers = JSON.parse(
        await given.workspace.ok(["readonly-exec", "--session", "p", "-"], {
          input: `const answers = []; for (const locator of [${locators.map(([, locator]) => `page.${locator}`).join(",\n")}]) answers.push([await locator.getAttribute('data-n'), await locator.count()]); return answers;`,
        }),
      ) as [string, number][];
      assert.deepEqual(
        answers,
        locators.map(([n]) => [n, 1]),
        `${name}: ${JSON.stringify(locators)}`,
      );
      picked += locators.length;
    }
    assert.equal(picked, 200);
  });

  it("an element in a frame of another site is found, and what a page keeps in a closed shadow root is said to be hidden", async () => {
    await given.workspace.open(given.site.url("/frames"), "--session", "f", "--read-only");
    const witness = await given.witness("f");
    using viewer = await LiveViewer.open(given.workspace, { session: "f", width: 0, height: 0 });
    const frame = await witness.evaluate<{ x: number; y: number }>(
      "(() => { const { x, y } = document.querySelector('[name=cross]').getBoundingClientRect(); return { x, y } })()",
    );
    let button: Awaited<ReturnType<typeof viewer.view.pick>>["element"] = null;
    for (let y = 4; y < 150 && button?.role !== "button"; y += 6)
      for (let x = 10; x < 300 && button?.role !== "button"; x += 20)
        button = (await viewer.view.pick(undefined, frame.x + x, frame.y + y)).element;
    assert.deepEqual(
      [button?.name, button?.locator],
      [
        "Press",
        'locator("iframe[name=\\"cross\\"]").contentFrame().getByRole("button", { name: "Press", exact: true })',
      ],
    );
    await witness.evaluate(
      "document.body.innerHTML = '<div id=host></div>'; document.querySelector('#host').attachShadow({ mode: 'closed' }).innerHTML = '<button>Secret</button>'",
      "/frames",
    );
    const { element } = await viewer.view.pick(undefined, 20, 15);
    assert.deepEqual([element?.hidden, element?.locator], ["closed-shadow-root", 'locator("#host")']);
  });
});
