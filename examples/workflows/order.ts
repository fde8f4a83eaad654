/**
 * A form with a pause: somebody looks at what is filled in before it is sent.
 *
 *   libretto run examples/workflows/order.ts --session order --params '{ "title": "Flatland" }'
 *   libretto snapshot --session order
 *   libretto resume --session order
 */
import { pause, workflow } from "libretto";
import * as z from "zod";
import { site } from "./site.js";

const input = z.object({ title: z.string(), copies: z.int().positive().default(1), gift: z.boolean().default(false) });
const output = z.object({ number: z.int() });

export default workflow(
  "order",
  { input, output, startUrl: `${site}/order` },
  async ({ page, session, input: { title, copies, gift } }) => {
    await page.getByLabel("Title").fill(title, { timeout: 5_000 });
    await page.getByLabel("Copies").fill(String(copies));
    await page.getByLabel("As a gift").setChecked(gift);
    await pause(session);
    await page.getByRole("button", { name: "Order" }).click();
    return { number: Number(await page.locator("output").innerText()) };
  },
);
