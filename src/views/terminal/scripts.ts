/** The scripts that are `libretto` in the integrated terminal. */

/** What the scripts start. Both paths change with the versions of VS Code and of the extension. */
export interface Program {
  runtime: string;
  cli: string;
}

/** For sh, and so for bash, zsh, fish, and Git Bash on Windows. */
export function shellScript({ runtime, cli }: Program): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh\n# Written by the Libretto extension; every update writes it again.\nELECTRON_RUN_AS_NODE=1 exec ${quoted(runtime)} ${quoted(cli)} "$@"\n`;
}

/**
 * For cmd and PowerShell. A percent sign in a path has to be doubled. cmd reads each line in the code page that the
 * console has when the line's turn comes, which no path need be spelled in: while one that is not ASCII is read, the code
 * page is UTF-8, and the user's own is back before the program starts.
 */
export function batchFile({ runtime, cli }: Program): string {
  const escaped = (text: string): string => text.replaceAll("%", "%%");
  const paths = [`set "LIBRETTO_RUNTIME=${escaped(runtime)}"`, `set "LIBRETTO_CLI=${escaped(cli)}"`];
  const isAscii = /^[\0-\x7f]*$/.test(paths.join(""));
  return [
    "@echo off",
    "rem Written by the Libretto extension; every update writes it again.",
    "setlocal",
    "set ELECTRON_RUN_AS_NODE=1",
    ...(isAscii
      ? paths
      : [
          // The words before the number are in the user's language.
          `for /f "tokens=2 delims=:." %%c in ('chcp') do set "LIBRETTO_CODEPAGE=%%c"`,
          "chcp 65001 >nul",
          ...paths,
          "chcp %LIBRETTO_CODEPAGE% >nul",
        ]),
    `"%LIBRETTO_RUNTIME%" "%LIBRETTO_CLI%" %*`,
    "",
  ].join("\r\n");
}
