// VS Code's own protocol packages as a client: open a spec with errors, see them, apply a fix, hover, complete, rename, format.
//
// node client.mjs SERVER ARGUMENTS…

import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import rpc from "vscode-languageserver-protocol/node";

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "elbo-"));
const file = join(folder, "broken.elbo");
let text = readFileSync(join(here, "broken.elbo"), "utf8");
writeFileSync(file, text);
const uri = pathToFileURL(file).toString();

const [command, ...args] = process.argv.slice(2);
const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
const ended = new Promise((resolve) => server.on("exit", resolve));
const connection = rpc.createProtocolConnection(
  new rpc.StreamMessageReader(server.stdout),
  new rpc.StreamMessageWriter(server.stdin),
);

let told = () => {};
connection.onNotification(rpc.PublishDiagnosticsNotification.type, (parameters) => told(parameters));
const findings = (version) =>
  new Promise((resolve) => {
    told = (parameters) => {
      if (parameters.uri === uri && parameters.version === version) {
        resolve(parameters.diagnostics);
      }
    };
  });
connection.listen();

/** The text after edits whose positions count UTF-16. */
function apply(edits) {
  const lines = text.split("\n");
  const offset = ({ line, character }) =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  const sorted = [...edits].sort((one, other) => offset(other.range.start) - offset(one.range.start));
  for (const { range, newText } of sorted) {
    text = text.slice(0, offset(range.start)) + newText + text.slice(offset(range.end));
  }
}

let version = 1;
async function change(edits) {
  apply(edits);
  version += 1;
  const next = findings(version);
  await connection.sendNotification(rpc.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version },
    contentChanges: [{ text }],
  });
  return next;
}

/** The position of `word`, `within` characters into it. */
function at(word, within = 1) {
  const before = text.slice(0, text.indexOf(word) + within).split("\n");
  return { line: before.length - 1, character: before.at(-1).length };
}

const textDocument = { uri };
const { capabilities } = await connection.sendRequest(rpc.InitializeRequest.type, {
  processId: process.pid,
  rootUri: pathToFileURL(folder).toString(),
  capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
  workspaceFolders: null,
});
assert.equal(capabilities.positionEncoding, "utf-16");
await connection.sendNotification(rpc.InitializedNotification.type, {});

// Open a spec with errors and see them.
const first = findings(1);
await connection.sendNotification(rpc.DidOpenTextDocumentNotification.type, {
  textDocument: { uri, languageId: "elbo", version, text },
});
let diagnostics = await first;
assert.deepEqual(diagnostics.map(({ code }) => code), ["E0201", "E0201"]);

// Apply a fix.
for (const code of ["E0201", "E0201"]) {
  const diagnostic = diagnostics.find((each) => each.code === code);
  const actions = await connection.sendRequest(rpc.CodeActionRequest.type, {
    textDocument,
    range: diagnostic.range,
    context: { diagnostics: [diagnostic], only: ["quickfix"] },
  });
  assert.equal(actions.length, 1, `a fix of ${code}`);
  diagnostics = await change(actions[0].edit.changes[uri]);
}
assert.deepEqual(diagnostics.filter(({ severity }) => severity === 1), []);

// Hover.
const hover = await connection.sendRequest(rpc.HoverRequest.type, { textDocument, position: at("conv:") });
assert.match(hover.contents.value, /image\[1, 8, 8\] → image\[16, 8, 8\]/);
assert.match(hover.contents.value, /160 parameters/);

// Complete.
const position = at("adam(lr=1e-3", "adam(".length);
const completion = await connection.sendRequest(rpc.CompletionRequest.type, { textDocument, position });
assert.ok(completion.items.some(({ label }) => label === "betas="), "the arguments of adam");

// Rename.
const renamed = await connection.sendRequest(rpc.RenameRequest.type, {
  textDocument,
  position: at("net(width"),
  newName: "small",
});
assert.equal(renamed.changes[uri].length, 2);
diagnostics = await change(renamed.changes[uri]);
assert.ok(text.includes("model = small"));
assert.deepEqual(diagnostics.filter(({ severity }) => severity === 1), []);

// Format.
const edits = await connection.sendRequest(rpc.DocumentFormattingRequest.type, {
  textDocument,
  options: { tabSize: 2, insertSpaces: true },
});
assert.ok(edits.length > 0);
diagnostics = await change(edits);
assert.ok(text.includes("  epochs    = 3\n"));
const again = await connection.sendRequest(rpc.DocumentFormattingRequest.type, {
  textDocument,
  options: { tabSize: 2, insertSpaces: true },
});
assert.deepEqual(again, []);

await connection.sendRequest(rpc.ShutdownRequest.type);
await connection.sendNotification(rpc.ExitNotification.type);
assert.equal(await ended, 0);
console.log("ok");
process.exit(0);
