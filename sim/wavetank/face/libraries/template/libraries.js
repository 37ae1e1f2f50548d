"use strict";
// Weighs the scores anew whenever a weight or the fleet changes.
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("weights");
const sliders = Array.from(form.querySelectorAll("input[type=range]"));
const reaches = Array.from(form.querySelectorAll(".reach"));
const body = document.querySelector("#scores tbody");
const winner = document.getElementById("winner");

const two = (value) => value.toFixed(2);
const three = (value) => String(Number(value.toPrecision(3)));
const sum = (line, weights, end) =>
  line.worths.reduce((total, worth, index) => total + weights[index] * worth[end], 0);

// How far a weight may go, the others held, before another wins.
function reach(lines, best, weights, index) {
  const others = weights.map((weight, at) => (at === index ? 0 : weight));
  const found = { low: 0, high: Infinity, below: "", above: "" };
  for (const rival of lines) {
    if (rival === best) continue;
    const lead = sum(best, others, 1) - sum(rival, others, 1);
    const slope = best.worths[index][1] - rival.worths[index][1];
    if (slope < 0 && lead / -slope < found.high) Object.assign(found, { high: lead / -slope, above: rival.name });
    if (slope > 0 && -lead / slope > found.low) Object.assign(found, { low: -lead / slope, below: rival.name });
  }
  return found;
}

function told(name, found) {
  const low = three(found.low) + (found.below ? ` (below: ${found.below})` : "");
  const high = Number.isFinite(found.high) ? `${three(found.high)} (above: ${found.above})` : "any weight";
  return `${name} stays ahead from ${low} to ${high}.`;
}

function cell(kind, text, small) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (small) made.append(Object.assign(document.createElement("small"), { textContent: small }));
  return made;
}

function row(line, total, ends) {
  const made = document.createElement("tr");
  const name = cell("th", line.name + (line.others ? " *" : ""));
  name.scope = "row";
  const together = cell("td", "", `${two(ends[0])} to ${two(ends[1])}`);
  together.prepend(Object.assign(document.createElement("strong"), { textContent: two(total) }));
  made.append(name, together);
  line.worths.forEach((worth, index) => {
    const missing = line.told[index] === "-";
    made.append(missing ? cell("td", "not measured") : cell("td", two(worth[1]), line.told[index]));
  });
  return made;
}

function weigh() {
  const weights = sliders.map((slider) => Number(slider.value));
  sliders.forEach((slider) => (document.getElementById(slider.id.replace("weight", "value")).textContent = slider.value));
  const fleet = data.fleets.find((one) => one.id === form.elements.fleet.value);
  const whole = weights.reduce((total, weight) => total + weight, 0);
  if (!whole || !fleet.lines.length) {
    winner.textContent = whole ? `${fleet.title}: not measured.` : "Nothing counts: give one criterion a weight.";
    reaches.forEach((place) => (place.textContent = ""));
    body.replaceChildren();
    return;
  }
  const ranked = fleet.lines
    .map((line) => ({ line, total: sum(line, weights, 1) / whole }))
    .sort((a, b) => b.total - a.total || (a.line.name < b.line.name ? -1 : 1));
  const best = ranked[0].line;
  winner.replaceChildren(
    `${fleet.title}: `,
    Object.assign(document.createElement("strong"), { textContent: best.name }),
    `, ${two(ranked[0].total)}.`,
  );
  reaches.forEach((place, index) => (place.textContent = told(best.name, reach(fleet.lines, best, weights, index))));
  body.replaceChildren(
    ...ranked.map(({ line, total }) => row(line, total, [0, 2].map((end) => sum(line, weights, end) / whole))),
  );
}

form.addEventListener("input", weigh);
form.addEventListener("reset", () => setTimeout(weigh));
form.addEventListener("submit", (event) => event.preventDefault());
weigh();
document.documentElement.classList.add("ready");
