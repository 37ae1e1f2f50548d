// Opens pages in Chromium and says, as JSON on standard output, what was found there.
//
//   node visit.mjs CHROMIUM VISITS
//
// VISITS is a JSON list of {page, width, media, script, picture, point, press}: the address of a page, the width of
// the window in pixels, "screen" or "print", whether scripts may run, a file for a picture of it (.png, or .pdf as
// printed), `point`, a selector to point at once the charts are drawn, and `press`, a list of [selector, key]: what
// has the focus when which key is pressed. All but `page` may be left out.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PATIENCE_MS = 120_000;

// What a key sets off has been done: timers of the page, then what it draws.
const settled = () =>
  new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 100));

async function visit(browser, { page: address, width = 1280, media = "screen", script = true, picture, point, press = [] }) {
  const context = await browser.newContext({ javaScriptEnabled: script, viewport: { width, height: 900 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const found = { requests: [], complaints: [] };
    await context.route("**/*", (route) => {
      const url = route.request().url();
      if (url === address.split("#")[0] || url.startsWith("data:")) return route.continue();
      found.requests.push(url);
      return route.abort();
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) found.complaints.push(message.text());
    });
    page.on("pageerror", (error) => found.complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      found.complaints.push(`dialog: ${dialog.message()}`);
      return dialog.dismiss();
    });
    await page.emulateMedia({ media });
    await page.goto(address, { waitUntil: "load" });
    if (script) await page.waitForSelector("html.ready", { state: "attached" });
    if (point) {
      await page.locator(point).scrollIntoViewIfNeeded();
      await page.hover(point);
      found.tooltip = await page.locator("#vg-tooltip-element.visible").innerText();
      await page.mouse.move(0, 0);
    }
    for (const [selector, key] of press) {
      await page.focus(selector);
      await page.keyboard.press(key);
    }
    if (press.length) await page.evaluate(settled);
    Object.assign(found, await page.evaluate(look));
    if (picture?.endsWith(".pdf")) await page.pdf({ path: picture, format: "A4", preferCSSPageSize: true });
    else if (picture) await page.screenshot({ path: picture, fullPage: true });
    if (!script) return found;
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    found.violations = violations.map((one) => ({
      id: one.id,
      help: one.help,
      nodes: one.nodes.map((node) => node.html.slice(0, 200)),
    }));
    return found;
  } finally {
    await context.close();
  }
}

// Runs in the page.
function look() {
  const wide = (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
  const held = (element) => element.closest(".scroll, pre, #vg-tooltip-element, .unseen");
  const shown = (element) => element.getClientRects().length > 0;
  return {
    title: document.title,
    text: document.querySelector("main").innerText,
    ids: Array.from(document.querySelectorAll("[id]"), (element) => element.id),
    links: Array.from(document.querySelectorAll("main a"), (link) => link.getAttribute("href")),
    charts: Array.from(document.querySelectorAll(".live svg.marks"), (svg) => svg.getBoundingClientRect().width),
    stills: Array.from(document.querySelectorAll(".still"), (still) => shown(still)),
    broken: Array.from(document.images).filter((image) => shown(image) && !image.naturalWidth).length,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    sticking: Array.from(document.querySelectorAll("main *"))
      .filter((element) => shown(element) && wide(element) && !held(element) && !element.closest("svg"))
      .map((element) => element.outerHTML.slice(0, 120)),
    topics: Array.from(document.querySelectorAll(".topic .metrics"), (table) => table.checkVisibility()),
    scripts: document.scripts.length,
    status: document.querySelector("[role=status]")?.textContent,
    reaches: Array.from(document.querySelectorAll(".reach"), (place) => place.textContent),
    rows: Array.from(document.querySelectorAll("#scores tbody tr"), (row) =>
      Array.from(row.cells, (cell) => Array.from(cell.childNodes, (node) => node.textContent).join(" ").trim()),
    ),
  };
}

const browser = await chromium.launch({ executablePath: process.argv[2], headless: true, args: QUIET });
try {
  const visits = JSON.parse(process.argv[3]);
  const found = new Array(visits.length);
  let next = 0;
  // two at a time: laying a page out is one process's work
  const visitor = async () => {
    while (next < visits.length) {
      const index = next++;
      found[index] = await visit(browser, visits[index]);
    }
  };
  await Promise.all([visitor(), visitor()]);
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}
