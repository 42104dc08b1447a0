// The packed extension in a real VS Code, driven through a browser: open a spec with errors, see them, apply a fix, hover,
// complete, rename, format, explain, read the page of a code. Outside the gate; README.md says how to set it up.
//
// node vscode.mjs ADDRESS FOLDER

import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [address, folder] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
copyFileSync(join(here, "broken.elbo"), join(folder, "broken.elbo"));

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1500, height: 900 } });
const press = (key) => page.keyboard.press(key);

/** Waits until a condition on the page holds. */
async function until(what, condition) {
  for (let round = 0; round < 150; round += 1) {
    if (await condition()) {
      console.log(`✓ ${what}`);
      return;
    }
    await page.waitForTimeout(200);
  }
  await page.screenshot({ path: join(folder, "failed.png") });
  assert.fail(`${what}: see failed.png`);
}

const shown = async (selector) => (await page.locator(selector).allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
const lines = () => shown(".editor-instance .view-lines");
const problems = () => shown(".markers-panel");

async function command(name) {
  await press("F1");
  await page.waitForSelector(".quick-input-widget input");
  await page.keyboard.type(name);
  await page.waitForTimeout(800);
  await press("Enter");
}

async function open() {
  await press("Control+P");
  await page.waitForTimeout(1500);
  await page.keyboard.type("broken.elbo");
  await page.waitForTimeout(2000);
  await press("Enter");
}

async function go(line, column) {
  await press("Control+G");
  await page.waitForTimeout(500);
  await page.keyboard.type(`${line}:${column}`);
  await press("Enter");
  await page.waitForTimeout(500);
}

await page.goto(`${address}/?folder=${folder}`, { waitUntil: "domcontentloaded", timeout: 60_000 });
await page.waitForSelector(".monaco-workbench", { timeout: 90_000 });
await page.waitForTimeout(4000);
const trust = page.getByText("Yes, I trust the authors");
if (await trust.count()) {
  await trust.first().click();
}
await open();
await until("the file is open", async () => (await lines()).includes("optimzier"));
await press("Control+Shift+M");
await until("both errors are shown", async () => /E0201[^]*E0201/.test(await problems()));
await page.locator(".markers-panel a", { hasText: "E0201" }).first().click({ modifiers: ["Control"] });
await until("the page of a code can be read", async () => (await lines()).includes("# E0201"));
await open();
await until("hints are shown", async () => (await lines()).includes("→ image[16, 8, 8]"));
await until("lenses are shown", async () => (await shown(".codelens-decoration")).includes("10,410 parameters"));

for (const [line, column, word] of [[18, 4, "optimizer"], [25, 4, "data  = data"]]) {
  await go(line, column);
  await press("Control+.");
  await page.waitForSelector(".action-widget");
  await page.waitForTimeout(500);
  await press("Enter");
  await until(`a fix is applied: ${word}`, async () => (await lines()).includes(word));
}
await until("no errors are left", async () => !/E0\d\d\d/.test(await problems()));

await go(5, 5);
await command("Show or Focus Hover");
await until("hover counts parameters", async () => (await shown(".monaco-hover")).includes("160 parameters"));
await press("Escape");

await go(18, 20);
await press("Control+Space");
await until("completion knows the arguments of adam", async () => (await shown(".suggest-widget")).includes("betas="));
await press("Escape");

await go(2, 8);
await press("F2");
const box = page.locator(".rename-box input");
await box.waitFor();
await page.waitForTimeout(500);
await box.fill("small");
await box.press("Enter");
await until("both names are new", async () => {
  // The editor keeps its lines in an order of its own.
  const text = await lines();
  return text.includes("model small(") && text.includes("model = small");
});

await command("Format Document");
await until("the layout is canonical", async () => (await lines()).includes("epochs    = 3"));

await command("elbo: Explain beside the file");
await until("an explanation stands beside the file", async () => (await lines()).includes("multiply-accumulates"));
await page.screenshot({ path: join(folder, "explained.png") });
await browser.close();
console.log("ok");
