// Every spec and example: no word is left without a scope, nothing is invalid, and what opens a line is what it should be.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");
await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => {
    const path = join(here, "../syntaxes/elbo.tmLanguage.json");
    return textmate.parseRawGrammar(readFileSync(path, "utf8"), path);
  },
});
const grammar = await registry.loadGrammar("source.elbo");
const openers = /^\s*(prior|posterior|block|model|dataset|train|report|run|sweep)\s+[a-z_][a-z0-9_]*\s*[=({e]/;

let lines = 0;
let problems = 0;
const files = ["specs", "examples"].flatMap((folder) =>
  readdirSync(join(root, folder)).filter((name) => name.endsWith(".elbo")).map((name) => join(root, folder, name)),
);
for (const file of files) {
  let state = textmate.INITIAL;
  readFileSync(file, "utf8").split(/\r?\n/).forEach((line, index) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    lines += 1;
    const report = (what) => {
      problems += 1;
      console.error(`${file}:${index + 1}: ${what}: ${line.trim()}`);
    };
    for (const { startIndex, endIndex, scopes } of tokens) {
      const text = line.slice(startIndex, endIndex);
      if (/[a-z0-9]/i.test(text) && scopes.length < 2) {
        report(`\`${text.trim()}\` has no scope`);
      }
      if (scopes.some((scope) => scope.startsWith("invalid"))) {
        report(`\`${text}\` is invalid`);
      }
    }
    // Keys such as `train = …` are no declarations.
    if (openers.test(line) && !/^\s*\w+\s*=/.test(line)) {
      const scopes = tokens.flatMap((token) => token.scopes);
      if (!scopes.includes("keyword.declaration.elbo")) {
        report("a declaration without its scope");
      }
    }
  });
}
if (files.length < 10 || problems > 0) {
  console.error(`${problems} problems in ${files.length} files`);
  process.exit(1);
}
console.log(`✓ ${lines} lines of ${files.length} specs and examples`);
