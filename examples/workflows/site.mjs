// The site that the example workflows work on. `node examples/workflows/site.mjs [port]` serves it on 127.0.0.1
// (port 4310 unless another is given) and prints its address.
import { createServer } from "node:http";

const books = Array.from({ length: 23 }, (_, index) => ({
  title: `Book ${index + 1}`,
  year: 1950 + index * 3,
  price: (5 + index * 0.75).toFixed(2),
}));
const pageSize = 5;
const user = { name: "ada", password: "correct-horse-battery" };
const sessions = new Set();
const orders = [];

const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><body><h1>${title}</h1>${body}`;

const loginForm = `<form method="post" action="/login">
  <label>User <input name="user"></label>
  <label>Password <input name="password" type="password"></label>
  <button>Log in</button></form>`;

const orderForm = `<form method="post" action="/order">
  <label>Title <input name="title" required></label>
  <label>Copies <input name="copies" type="number" value="1" min="1"></label>
  <label><input name="gift" type="checkbox"> As a gift</label>
  <button>Order</button></form>`;

function table(number) {
  const last = Math.ceil(books.length / pageSize);
  const rows = books
    .slice((number - 1) * pageSize, number * pageSize)
    .map(({ title, year, price }) => `<tr><td>${title}</td><td>${year}</td><td>€ ${price}</td></tr>`);
  const next = number < last ? `<a href="/books?page=${number + 1}">Next</a>` : "";
  return `<table><thead><tr><th>Title</th><th>Year</th><th>Price</th></tr></thead><tbody>${rows.join("")}</tbody></table><p>Page ${number} of ${last}</p>${next}`;
}

async function formOf(request) {
  let body = "";
  for await (const chunk of request) body += chunk;
  return new URLSearchParams(body);
}

export const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const answer = (body, headers = {}) =>
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(body);
  const redirect = (to, headers = {}) => response.writeHead(303, { location: to, ...headers }).end();
  const known = sessions.has(/sid=(\w+)/.exec(request.headers.cookie ?? "")?.[1]);
  switch (`${request.method} ${url.pathname}`) {
    case "GET /account":
      return known
        ? answer(page("Account", `<p>Welcome, <b data-testid="user">${user.name}</b></p>`))
        : redirect("/login");
    case "GET /login":
      return answer(page("Log in", loginForm));
    case "POST /login": {
      const form = await formOf(request);
      if (form.get("user") !== user.name || form.get("password") !== user.password)
        return answer(page("Log in", `<p role="alert">Wrong user or password</p>${loginForm}`));
      const id = Math.random().toString(36).slice(2);
      sessions.add(id);
      return redirect("/account", { "set-cookie": `sid=${id}; Path=/; HttpOnly; Max-Age=86400` });
    }
    case "GET /books":
      return answer(page("Books", table(Number(url.searchParams.get("page") ?? "1"))));
    case "GET /order":
      return answer(page("Order", orderForm));
    case "POST /order": {
      orders.push(Object.fromEntries(await formOf(request)));
      return answer(page("Thank you", `<p>Your order has the number <output>${orders.length}</output>.</p>`));
    }
    case "GET /orders":
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(orders));
    default:
      return response.writeHead(404, { "content-type": "text/plain" }).end("Not found");
  }
});

server.listen(Number(process.argv[2] ?? 4310), "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${server.address().port}`),
);
