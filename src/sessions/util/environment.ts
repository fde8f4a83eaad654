/** Environment variables: those of the user, and those that a process of ours may see of them. */

/** Environment variables; `process.env` fits. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a host and its workers start with: where the user's files are, how the system is to be used, and settings of
 * our own. Everything else changes how Node or Playwright behave (`NODE_OPTIONS`, `PWDEBUG`, `DEBUG`, proxies, …) and
 * is handed on as data, to the user's code and to the browser alone.
 */
const ownVariables =
  /^(?:HOME|USER|LOGNAME|USERNAME|USERPROFILE|HOMEDRIVE|HOMEPATH|PATH|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_(?:STATE|CACHE|CONFIG)_HOME|XDG_RUNTIME_DIR|LOCALAPPDATA|APPDATA|PROGRAMDATA|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|PROGRAMFILES(?:\(X86\))?|PROGRAMW6432|LD_LIBRARY_PATH|DYLD_\w+|LIBRETTO_\w+)$/i;
/** Which certificates Node trusts beside its own, and whether our compile cache is wanted: neither changes what is done. */
const harmlessNodeVariables = new Set(["NODE_EXTRA_CA_CERTS", "NODE_DISABLE_COMPILE_CACHE"]);

/** What `process.execPath` must be started with: VS Code's own runtime is Electron, which is Node only when told so. */
export const asNode: Record<string, string> = "electron" in process.versions ? { ELECTRON_RUN_AS_NODE: "1" } : {};

/** The part of the user's environment with which a process of ours is started. */
export function ownEnvironment(env: Environment): Record<string, string> {
  return { ...definedIn(env, (name) => ownVariables.test(name) || harmlessNodeVariables.has(name)), ...asNode };
}

/** Variables that Playwright reads at any time, and that change what it does; with the prefixes that npm gives them. */
const playwrightVariables =
  /^(?:npm_config_|npm_package_config_)?(?:PW(?:DEBUG|TEST|MCP|_)\w*|SELENIUM_REMOTE_\w+|PLAYWRIGHT_(?!(?:TEST_)?BASE_URL$)\w+)$/i;

/** What the user's code sees: everything of theirs but what would change the Playwright that it drives. */
export function codeEnvironment(env: Environment): Record<string, string> {
  return definedIn(env, (name) => !playwrightVariables.test(name));
}

/** An environment as it can be sent to another process. */
export function definedIn(env: Environment, isWanted: (name: string) => boolean = () => true): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined && isWanted(pair[0])),
  );
}
