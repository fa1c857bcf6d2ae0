// Fills the page every two seconds. Values reach it as text only (textContent), never as HTML.
"use strict";

const EVERY_MS = 2000;
const at = (id) => document.getElementById(id);

function element(tag, text, kind) {
  const made = document.createElement(tag);
  made.textContent = text ?? "";
  if (kind) made.className = kind;
  return made;
}

function line(verdict) {
  const made = element("tr", "", verdict.outcome);
  const title = element("td", verdict.title);
  if (!verdict.required) title.append(element("div", "advisory", "advisory"));
  const value = element("td", verdict.written.value, "number");
  if (verdict.written.interval) value.append(element("small", verdict.written.interval));
  made.append(
    element("td", verdict.mark, "mark"), title, element("td", verdict.limit), value,
    element("td", verdict.n ? String(verdict.n) : "", "number"), element("td", verdict.row, "row"),
    element("td", verdict.reason, "reason"),
  );
  return made;
}

function reading(one) {
  const made = element("div", "", one.level);
  made.append(element("span", one.text), element("b", one.written), ` (void over ${one.limit})`);
  return made;
}

// Those with the same remedy in one paragraph, so that it is told once; void ones first.
function cautions(all) {
  const groups = new Map();
  for (const one of [...all].sort((a, b) => b.void - a.void)) {
    const key = `${one.void}: ${one.remedy}`;
    groups.set(key, { void: one.void, remedy: one.remedy, texts: [...(groups.get(key)?.texts ?? []), one.text] });
  }
  const told = new Set();
  return [...groups.values()].map((group) => {
    const remedy = told.has(group.remedy) ? "The remedy is the same." : group.remedy;
    told.add(group.remedy);
    return { void: group.void, made: element("p", `${group.void ? "VOID: " : ""}${group.texts.join(" ")} ${remedy}`) };
  });
}

function facts(standing, age) {
  const told = [];
  if (standing.run) told.push(`run ${standing.run}`);
  if (standing.phase) told.push(`now in ${standing.phase}`);
  if (standing.judged.length) told.push(`judged: ${standing.judged.join("; ")}`);
  if (standing.state === "running") told.push(`up to ${(age + standing.behind).toFixed(0)} s ago`);
  return told.join(" · ");
}

function show({ age, standing }) {
  if (standing.error) {
    at("headline").textContent = `Not judged: ${standing.error}`;
    return;
  }
  document.body.className = `outcome-${standing.outcome}`;
  at("headline").textContent = standing.headline;
  at("facts").textContent = facts(standing, age);
  const told = cautions(standing.cautions);
  at("alarms").replaceChildren(...told.filter((one) => one.void).map((one) => one.made));
  at("cautions").replaceChildren(...told.filter((one) => !one.void).map((one) => one.made));
  at("words").textContent = standing.of_generator;
  at("generator").replaceChildren(...standing.generator.map(reading));
  at("lines").replaceChildren(...standing.verdicts.map(line));
}

function dress() {
  const wanted = localStorage.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  document.documentElement.classList.toggle("dark", wanted === "dark"); // Locust's own switch, kept in localStorage
}

async function refresh() {
  try {
    show(await (await fetch("requirements/state")).json());
  } catch (error) {
    at("facts").textContent = `no answer from Locust: ${error.message}`;
  }
  setTimeout(refresh, EVERY_MS);
}

dress();
setInterval(dress, 500);
refresh();
