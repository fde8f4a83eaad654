/** The pages of webviews. Nothing but our own script and style is let in; what is shown comes as messages. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

/** Folder of the webviews' bundles, the only one that they may load from. */
export function webviewFolder(extension: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extension, "dist", "webviews");
}

/** @param bundle the names of its script and its style sheet */
export function webviewPage(
  webview: vscode.Webview,
  extension: vscode.Uri,
  bundle: "logPane" | "liveView" | "overview",
): string {
  const nonce = randomBytes(18).toString("base64");
  const file = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(webviewFolder(extension), name)).toString();
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}`;
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Libretto</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file(`${bundle}.css`)}">
</head>
<body>
<script nonce="${nonce}" src="${file(`${bundle}.js`)}"></script>
</body>
</html>`;
}
