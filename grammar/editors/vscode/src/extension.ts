// The client: starts `elbo lsp`, shows what `elbo explain` says beside the file, runs in a terminal.

import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions, TransportKind } from "vscode-languageclient/node";

/** The scheme of pages that are asked of the server. */
const SCHEME = "elbo";

let client: LanguageClient | undefined;

/** The program that the settings name. */
function program(): string {
  return vscode.workspace.getConfiguration("elbo").get<string>("path") || "elbo";
}

async function start(): Promise<void> {
  const run = { command: program(), args: ["lsp"], transport: TransportKind.stdio };
  const server: ServerOptions = { run, debug: run };
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: "file", language: "elbo" }, { scheme: "untitled", language: "elbo" }],
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.{elbo,toml}") },
  };
  client = new LanguageClient("elbo", "elbo", server, options);
  try {
    await client.start();
  } catch (problem) {
    client = undefined;
    const message = `\`${run.command} lsp\` cannot be started: ${problem}. Set \`elbo.path\` to the elbo program.`;
    void vscode.window.showErrorMessage(message);
  }
}

/** Pages of diagnostics, and explanations of models and runs, as documents. */
class Pages implements vscode.TextDocumentContentProvider {
  readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    if (!client) {
      return "The language server is not running.";
    }
    const code = /^\/codes\/(\w+)\.md$/.exec(uri.path);
    try {
      if (code) {
        return await client.sendRequest<string>("elbo/page", { code: code[1] });
      }
      const { file, name } = JSON.parse(uri.query) as { file: string; name: string };
      return await client.sendRequest<string>("elbo/explain", { textDocument: { uri: file }, name });
    } catch (problem) {
      return problem instanceof Error ? problem.message : String(problem);
    }
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const pages = new Pages();
  const shown = new Set<string>();
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, pages),
    vscode.commands.registerCommand("elbo.explain", async (file?: string | vscode.Uri, name?: string) => {
      // A lens gives file and name; the command palette neither, the title bar its own kind of URI.
      const lens = typeof file === "string" && typeof name === "string";
      const source = lens ? (file as string) : vscode.window.activeTextEditor?.document.uri.toString();
      if (!source) {
        return;
      }
      const query = JSON.stringify({ file: source, name: lens ? name : "" });
      const title = lens ? `${name}.txt` : "explain.txt";
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `/explain/${title}`, query });
      shown.add(uri.toString());
      const document = await vscode.workspace.openTextDocument(uri);
      pages.changed.fire(uri);
      await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
    }),
    vscode.commands.registerCommand("elbo.run", (file?: string, name?: string) => {
      const uri = file ? vscode.Uri.parse(file) : vscode.window.activeTextEditor?.document.uri;
      if (!uri) {
        return;
      }
      const target = name ? `${uri.fsPath}#${name}` : uri.fsPath;
      const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri;
      // Given as arguments and not typed into a shell, so that no name is read as a command.
      const terminal = vscode.window.createTerminal({
        name: `elbo run ${name ?? ""}`,
        shellPath: program(),
        shellArgs: ["run", target],
        cwd: folder,
      });
      terminal.show();
    }),
    vscode.commands.registerCommand("elbo.restart", async () => {
      await client?.stop();
      await start();
    }),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (document.languageId === "elbo") {
        shown.forEach((uri) => pages.changed.fire(vscode.Uri.parse(uri)));
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
