/** Twelve small sites, each with something that a record of actions has to tell, and a count of what reached them. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { awaiting } from "./awaited.js";

const post = (path: string, what: string): string =>
  `fetch(${JSON.stringify(path)}, { method: "POST", body: ${what} })`;
const pages: Record<string, string> = {
  form: `<form method=post action=/form/done><label>Name <input name=name></label><label>Size <select name=size><option>small<option>large</select></label><label><input type=checkbox name=gift> Gift</label><button>Send</button></form>`,
  "form/done": `<h1>Thank you</h1>`,
  login: `<form method=post action=/login/in><label>User <input name=user></label><label>Pass phrase <input type=password name=password></label><button>Log in</button></form>`,
  "login/in": `<h1>Welcome</h1>`,
  table: `<table id=t></table><button id=next>Next page</button><script>let p = 1; const show = () => t.innerHTML = [1, 2, 3].map((r) => "<tr><td>Row " + p + "-" + r + "</td><td><button onclick='${post("/table/pick", "this.dataset.of").replaceAll('"', "&quot;")}' data-of='" + p + "-" + r + "'>Pick " + p + "-" + r + "</button></td></tr>").join(""); next.onclick = () => { p++; setTimeout(show, 100); }; show();</script>`,
  popups: `<button onclick="open('/popup/window', '_blank', 'width=300,height=200')">Open window</button>`,
  // Closing at once would be a race in Playwright: its click fails where the page is gone before it hears of the click.
  "popup/window": `<button onclick="navigator.sendBeacon('/popup/chosen', 'blue'); setTimeout(() => window.close(), 100)">Choose blue</button>`,
  frames: `<iframe name=outer src=/frames/outer></iframe>`,
  "frames/outer": `<iframe name=inner src=/frames/inner></iframe>`,
  "frames/inner": `<button onclick='${post("/frames/pressed", '"inner"')}'>Deep inside</button>`,
  shadow: `<x-card></x-card><script>customElements.define("x-card", class extends HTMLElement { connectedCallback() { this.attachShadow({ mode: "open" }).innerHTML = "<button>In the shadow</button>"; this.shadowRoot.firstChild.onclick = () => ${post("/shadow/pressed", '"shadow"')}; } });</script>`,
  drag: `<div id=from draggable=true style="width:80px;height:40px;background:#ccc" role=button aria-label="Card">Card</div><div id=to style="width:200px;height:100px;border:1px solid" role=region aria-label="Basket">Basket</div><script>to.ondragover = (e) => e.preventDefault(); to.ondrop = () => { ${post("/drag/dropped", '"card"')}; };</script>`,
  upload: `<label>Picture <input type=file id=f></label><script>f.onchange = async () => ${post("/upload/file", "await f.files[0].text()")};</script>`,
  download: `<a href=/download/report>Report</a>`,
  dialog: `<button onclick='if (confirm("Really?")) ${post("/dialog/confirmed", '"yes"')}'>Delete</button><button onclick='${post("/dialog/named", 'prompt("Name?")')}'>Rename</button>`,
  router: `<a href=/router/about>About</a><main></main><script>const show = () => setTimeout(() => document.querySelector("main").innerHTML = location.pathname.endsWith("about") ? "<button>Like</button>" : "Home", 150); addEventListener("click", (e) => { if (e.target.matches("a")) { e.preventDefault(); history.pushState(0, "", e.target.href); show(); } else if (e.target.matches("button")) ${post("/router/liked", "location.pathname")}; });</script>`,
  list: `<ul id=l style="height:200px;overflow:auto"></ul><script>let n = 0; const more = () => { for (let i = 0; i < 10; i++) l.insertAdjacentHTML("beforeend", "<li style=height:40px><button>Item " + ++n + "</button>"); }; more(); l.onscroll = () => { if (l.scrollTop + 250 > l.scrollHeight && n < 40) setTimeout(more, 50); }; l.onclick = (e) => { if (e.target.matches("button")) ${post("/list/chosen", "e.target.textContent")}; };</script>`,
};

/** Twelve small sites in one; what reached it is its state. */
export class Sites implements AsyncDisposable {
  readonly state: string[] = [];
  readonly #waiting: (() => void)[] = [];
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Sites> {
    const server = createServer();
    const sites = new Sites(server);
    server.on("request", (request, response) => {
      const path = (request.url ?? "/").slice(1);
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        if (request.method === "POST" || path === "download/report")
          sites.#reached(`${request.method} /${path} ${body}`);
        if (path === "download/report")
          response.setHeader("content-disposition", "attachment; filename=report.txt").end("the report");
        else
          response
            .setHeader("content-type", "text/html; charset=utf-8")
            .end(`<!doctype html><title>${path}</title>${pages[path.replace(/^router\/.*/, "router")] ?? ""}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return sites;
  }

  /** Resolves once that has reached the sites, after what is there already. */
  async reaches(what: string, act: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const before = this.state.length;
    const reached = new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.state.slice(before).some((one) => one.startsWith(what))) resolve();
        else this.#waiting.push(look);
      };
      look();
    });
    await act();
    await awaiting(() => `${what} among ${this.state.slice(before).join(", ")}`, reached);
  }

  #reached(what: string): void {
    this.state.push(what);
    for (const look of this.#waiting.splice(0)) look();
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
