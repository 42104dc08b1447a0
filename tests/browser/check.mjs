// Opens reports in Chromium and fails on whatever a reader would stumble over. Outside the gate: it needs Node, a
// Chromium and the packages of package.json.
//
//   npm install && node check.mjs REPORT.html… [--screenshots FOLDER]
//
// CHROMIUM names the browser, else it is looked for in the usual places.

import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const LARGEST = 3 * 1024 * 1024;
const VIEWS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { name: 'narrow-dark', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
];

function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(0);
}

const folder = dirname(fileURLToPath(import.meta.url));
if (!['playwright-core', 'axe-core'].every((name) => existsSync(join(folder, 'node_modules', name)))) {
  skip(`the packages are not there; run \`npm install\` in ${folder}`);
}
const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = places.find((place) => place && existsSync(place));
if (!executablePath) {
  skip('no Chromium was found; install one, or name it by CHROMIUM');
}

const words = process.argv.slice(2);
const at = words.indexOf('--screenshots');
const screenshots = at < 0 ? null : resolve(words.splice(at, 2)[1] ?? 'screenshots');
if (words.length === 0) {
  console.error('usage: node check.mjs REPORT.html… [--screenshots FOLDER]');
  process.exit(2);
}
if (screenshots) mkdirSync(screenshots, { recursive: true });

const { chromium } = await import('playwright-core');
const axe = readFileSync(join(folder, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** What is wrong with a page in a view. */
async function faultsOf(browser, file, view) {
  const faults = [];
  const address = pathToFileURL(file).href;
  const context = await browser.newContext({
    viewport: view.viewport,
    colorScheme: view.colorScheme,
    // The page's own policy forbids scripts; axe is one.
    bypassCSP: true,
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (url !== address && !url.startsWith('data:')) faults.push(`a request leaves the file: ${url}`);
  });
  await page.goto(address, { waitUntil: 'load' });

  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) faults.push(`the page is ${overflow} pixels wider than the screen`);

  await page.keyboard.press('Tab');
  const skipShown = await page.evaluate(() => {
    const focused = document.activeElement;
    return focused.classList.contains('skip') && focused.getBoundingClientRect().left >= 0;
  });
  if (!skipShown) faults.push('the first Tab does not show the skip link');

  if (screenshots) {
    const stem = `${basename(dirname(file))}-${basename(file, '.html')}`;
    await page.evaluate(() => document.activeElement.blur());
    await page.screenshot({ path: join(screenshots, `${stem}-${view.name}.png`), fullPage: true });
  }

  // Closed parts are hidden from axe.
  await page.evaluate(() => document.querySelectorAll('details').forEach((part) => { part.open = true; }));
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document));
  for (const violation of found.violations) {
    const line = `axe ${violation.impact}: ${violation.id}, ${violation.help}: ${violation.nodes.slice(0, 3).map((node) => node.target.join(' ')).join('; ')}`;
    if (['serious', 'critical'].includes(violation.impact)) faults.push(line);
    else console.log(`  note: ${line}`);
  }
  await context.close();
  return faults;
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
let bad = 0;
for (const file of words.map((word) => resolve(word))) {
  const { size } = statSync(file);
  console.log(`${file}: ${Math.round(size / 1024)} KiB`);
  const faults = size > LARGEST ? [`it has ${size} bytes, more than ${LARGEST}`] : [];
  // Without its scripts the page must be the same; it has none.
  if (/<script/i.test(readFileSync(file, 'utf8'))) faults.push('it holds a script');
  for (const view of VIEWS) {
    for (const fault of await faultsOf(browser, file, view)) faults.push(`${view.name}: ${fault}`);
  }
  if (screenshots) {
    const page = await browser.newPage({ colorScheme: 'light' });
    await page.goto(pathToFileURL(file).href);
    await page.pdf({ path: join(screenshots, `${basename(dirname(file))}-${basename(file, '.html')}.pdf`), format: 'A4' });
    await page.close();
  }
  for (const fault of faults) console.log(`  FAULT ${fault}`);
  bad += faults.length;
}
await browser.close();
console.log(bad === 0 ? 'no faults' : `${bad} faults`);
process.exit(bad === 0 ? 0 : 1);
