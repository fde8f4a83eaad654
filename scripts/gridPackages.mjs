// What a Selenium Grid on this machine needs: its packages from Maven, and Debian's ChromeDriver where that can be
// installed. `test:grid` calls it; what is missing then is told by the tests, which are left out.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureDebianPackages, root, run, say } from "./ensure.mjs";

const version = "4.48.0";
const cache = join(process.env.LIBRETTO_GRID_CACHE ?? join(root, ".grid-cache"), version);
/** Of the packages; so many there are at least. */
const least = 70;

export async function ensureGridPackages() {
  if (process.platform === "linux") await ensureDebianPackages(["chromium-driver"]).catch(() => []);
  const jars = join(cache, "jars");
  if (existsSync(jars) && readdirSync(jars).length >= least) return;
  if (spawnSync("mvn", ["--version"], { stdio: "ignore", shell: process.platform === "win32" }).status !== 0) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(
    join(cache, "pom.xml"),
    `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>libretto</groupId><artifactId>grid</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.seleniumhq.selenium</groupId><artifactId>selenium-grid</artifactId><version>${version}</version></dependency>
  </dependencies>
</project>
`,
  );
  const status = await run("mvn", [
    ...["--quiet", "--batch-mode", "-f", join(cache, "pom.xml"), "dependency:copy-dependencies"],
    ...[`-DoutputDirectory=${jars}`, "-DincludeScope=runtime"],
  ]);
  if (status !== 0) say("Maven could not fetch the packages of Selenium Grid.");
}
