/**
 * A table over several pages, as typed JSON.
 *
 *   libretto run examples/workflows/catalogue.ts --headless --params '{ "most": 8 }'
 */
import { workflow } from "libretto";
import type { Page } from "playwright-core";
import * as z from "zod";
import { site } from "./site.js";

const book = z.object({ title: z.string(), year: z.int(), price: z.number() });
const input = z.object({ most: z.int().positive().default(1000) });

export default workflow(
  "catalogue",
  { input, output: z.object({ books: z.array(book) }), startUrl: `${site}/books` },
  async ({ page, input: { most }, log }) => {
    const books: z.infer<typeof book>[] = [];
    for (;;) {
      books.push(...(await rowsOf(page)));
      log(`${books.length} books so far`);
      const next = page.getByRole("link", { name: "Next" });
      if (books.length >= most || !(await next.isVisible())) break;
      await next.click();
    }
    return { books: books.slice(0, most) };
  },
);

async function rowsOf(page: Page): Promise<z.infer<typeof book>[]> {
  const rows = page.locator("tbody tr");
  await rows.first().waitFor({ timeout: 5_000 });
  const cells = await Promise.all((await rows.all()).map((row) => row.locator("td").allInnerTexts()));
  return cells.map(([title = "", year, price = ""]) => ({
    title,
    year: Number(year),
    price: Number(price.replace("€", "")),
  }));
}
