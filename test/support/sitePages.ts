/** The pages of the tests' own site, by their path. `{{site}}` and `{{otherSite}}` become its two addresses. */

export const pageBodies: Record<string, string | undefined> = {
  home: `<title>The Shelf</title>
<h1>The Shelf</h1>
<p class="results">Three books are on the shelf.</p>
<ul><li>Flatland</li><li>The Periodic Table</li><li>Invisible Cities</li></ul>
<nav><a href="/form">Form</a> <a href="/table">Table</a> <a href="/frames">Frames</a></nav>
<button id="submit" onclick="document.body.dataset.clicked = 'yes'">Order</button>
<button id="hidden" style="display:none">Hidden</button>
<img src="/image.png" alt="A pixel" title="One pixel" width="10" height="10">
<div data-testid="shelf-size" style="height:3000px">3</div>`,

  form: `<title>Form</title>
<h1>Order a book</h1>
<form action="/submit" method="post">
  <label>Name <input name="name" placeholder="Your name" autocomplete="name"></label>
  <label>E-mail <input name="email" type="email" value="ada@example.test"></label>
  <label>Size <select name="size"><option value="s">Small</option><option value="m" selected>Medium</option><option value="l">Large</option></select></label>
  <label><input name="gift" type="checkbox" checked> As a gift</label>
  <fieldset><legend>Cover</legend><label><input type="radio" name="cover" value="hard"> Hard</label> <label><input type="radio" name="cover" value="soft" checked> Soft</label></fieldset>
  <label>Note <textarea name="note">Thanks</textarea></label>
  <label>Read only <input name="fixed" value="fixed" readonly></label>
  <label>Attachment <input name="attachment" type="file"></label>
  <button type="submit">Send</button> <button type="button" disabled>Later</button>
</form>`,

  // A thousand elements, for what is measured.
  elements: `<title>Elements</title>${Array.from({ length: 250 }, (_, index) => `<section><h2>Section ${index}</h2><p>Text ${index}</p><button>Press ${index}</button></section>`).join("")}`,

  prefilled: `<title>Prefilled</title>
<input type="password" aria-label="far secret" value="far-pass-6">`,

  login: `<title>Log in</title>
<h1>Log in</h1>
<form action="/login" method="post">
  <label>User <input name="user"></label>
  <label>Password <input name="password" type="password"></label>
  <button>Log in</button>
</form>`,

  counter: `<title>Counter</title>
<h1>Counter</h1>
<output id="value">0</output>
<button id="add" onclick="document.querySelector('#value').textContent = ++window.clicks; fetch('/count', { method: 'POST' })">Add</button>
<script>window.clicks = 0</script>`,

  popup: `<title>Opener</title>
<h1>Opener</h1>
<button id="open" onclick="window.child = window.open('/popup-child', 'child', 'width=400,height=300')">Open</button>
<a id="blank" href="/popup-child?blank" target="_blank">In a new tab</a>`,
  "popup-child": `<title>Popup</title><h1>Popup</h1><script>document.body.dataset.opener = String(!!window.opener)</script>`,

  frames: `<title>Frames</title>
<h1>Frames</h1>
<iframe name="same" src="/frame-inner?same" title="Same site"></iframe>
<iframe name="cross" src="{{otherSite}}frame-inner?cross" title="Other site"></iframe>
<iframe name="inline" srcdoc="<h2>Inline</h2><button>Inline button</button>" title="Inline"></iframe>`,
  "frame-inner": `<title>Inner</title><h2>Inner page</h2><label>Inside <input id="inside" value="in the frame"></label><button onclick="this.textContent='Pressed'">Press</button>`,

  requests: `<title>Requests</title>
<h1>Requests</h1><pre id="done"></pre>
<script>(async () => {
  const done = [];
  const attempt = async (name, f) => { try { done.push(name + ' ' + await f()); } catch (e) { done.push(name + ' failed'); } };
  await attempt('json', async () => (await fetch('/json')).status);
  await attempt('post', async () => (await fetch('/echo?via=post', { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { 'content-type': 'application/json' } })).status);
  await attempt('missing', async () => (await fetch('/status/404')).status);
  await attempt('broken', async () => (await fetch('/status/500')).status);
  await attempt('reset', async () => (await fetch('/reset')).status);
  await attempt('redirected', async () => (await fetch('/redirect/2?to=/text')).url);
  await attempt('cancelled', async () => { const c = new AbortController(); const p = fetch('/never', { signal: c.signal }); setTimeout(() => c.abort(), 50); return (await p).status; });
  document.querySelector('#done').textContent = done.join('\\n');
})()</script>`,

  sockets: `<title>Sockets</title>
<h1>Sockets</h1><pre id="heard"></pre>
<script>
const socket = new WebSocket('ws://' + location.host + '/ws');
socket.onmessage = (e) => document.querySelector('#heard').textContent += e.data + '\\n';
socket.onopen = () => socket.send('hello');
</script>`,

  workers: `<title>Workers</title>
<h1>Workers</h1><pre id="heard"></pre>
<script>new Worker('/worker.js').onmessage = (e) => document.querySelector('#heard').textContent += e.data + '\\n'</script>`,

  "service-worker": `<title>Service worker</title>
<h1>Service worker</h1><pre id="heard"></pre>
<script>(async () => {
  await navigator.serviceWorker.register('/service-worker.js');
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) await new Promise((r) => navigator.serviceWorker.addEventListener('controllerchange', r, { once: true }));
  document.querySelector('#heard').textContent = await (await fetch('/from-service-worker')).text();
})()</script>`,

  downloads: `<title>Downloads</title><h1>Downloads</h1><a id="file" href="/download">Report</a>`,

  dialogs: `<title>Dialogs</title>
<h1>Dialogs</h1><output id="answer"></output>
<button id="alert" onclick="alert('Attention'); answer.value = 'alerted'">Alert</button>
<button id="confirm" onclick="answer.value = String(confirm('Sure?'))">Confirm</button>
<button id="prompt" onclick="answer.value = String(prompt('Who?', 'nobody'))">Prompt</button>
<button id="leave" onclick="onbeforeunload = (e) => { e.preventDefault(); return 'stay'; }; answer.value = 'armed'">Hold on leaving</button>`,

  "dialog-on-load": `<title>Greeting</title><h1>Greeting</h1><script>alert('Hello'); document.body.dataset.greeted = 'yes'</script>`,

  shadow: `<title>Shadow</title>
<h1>Shadow</h1><fancy-button></fancy-button><closed-box></closed-box>
<script>
customElements.define('fancy-button', class extends HTMLElement {
  constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<button onclick="this.textContent=\\'Pressed\\'">In the shadow</button><slot></slot>'; }
});
customElements.define('closed-box', class extends HTMLElement {
  constructor() { super(); this.attachShadow({ mode: 'closed' }).innerHTML = '<p>Behind a closed root</p>'; }
});
</script>`,

  busy: `<title>Busy</title>
<h1>Busy</h1><button id="spin" onclick="for (;;);">Spin for ever</button>
<script>if (new URLSearchParams(location.search).has('now')) setTimeout(() => { for (;;); }, 0)</script>`,

  console: `<title>Console</title><h1>Console</h1>
<script>console.log('a log', { a: 1 }); console.warn('a warning'); console.error('an error'); setTimeout(() => { throw new Error('uncaught in the page'); }, 0)</script>`,

  typing: `<title>Typing</title><h1>Typing</h1><label>Draft <input id="draft" autofocus></label>
<script>window.born = Math.random().toString(36).slice(2)</script>`,

  crash: `<title>Crash</title><h1>Crash</h1><a href="chrome://crash">Crash</a>`,
};

const rowCount = 53;
const perPage = 10;

/** A page of a table with 53 rows, 10 a page. */
export function tablePage(page: number): string {
  const first = (page - 1) * perPage + 1;
  const rows = Array.from({ length: Math.max(0, Math.min(perPage, rowCount - first + 1)) }, (_, index) => {
    const number = first + index;
    return `<tr><td>${number}</td><td>Book ${number}</td><td>${(number * 1.5).toFixed(2)}</td></tr>`;
  });
  const pages = Math.ceil(rowCount / perPage);
  return `<title>Table, page ${page}</title>
<h1>Catalogue</h1>
<table><thead><tr><th>Number</th><th>Title</th><th>Price</th></tr></thead><tbody>${rows.join("")}</tbody></table>
<p>Page ${page} of ${pages}</p>
${page > 1 ? `<a rel="prev" href="/table?page=${page - 1}">Previous</a>` : ""}
${page < pages ? `<a rel="next" href="/table?page=${page + 1}">Next</a>` : ""}`;
}
