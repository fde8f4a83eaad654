/**
 * A login with a saved profile. The first run types the password; after
 * `libretto save shelf --session <name> --sites 127.0.0.1` the login is loaded for the site, and nothing is typed.
 *
 *   libretto run examples/workflows/account.ts --stay-open --params '{ "user": "ada", "password": "correct-horse-battery" }'
 */
import { workflow } from "libretto";
import * as z from "zod";
import { site } from "./site.js";

const input = z.object({ user: z.string().default("ada"), password: z.string().optional() });
const output = z.object({ user: z.string(), loggedInWith: z.enum(["password", "saved login"]) });

export default workflow(
  "account",
  { input, output, startUrl: `${site}/account` },
  async ({ page, input: { user, password }, log }) => {
    const needsLogin = new URL(page.url()).pathname === "/login";
    if (needsLogin) {
      if (password === undefined) throw new Error("There is no saved login for the site, and no password was given");
      await page.getByLabel("User").fill(user, { timeout: 5_000 });
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Log in" }).click();
      log(`Logged in as ${user}`);
    }
    return {
      user: await page.getByTestId("user").innerText({ timeout: 5_000 }),
      loggedInWith: needsLogin ? "password" : "saved login",
    };
  },
);
