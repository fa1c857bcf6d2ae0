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

// What failed comes first, what fails the run before what is advisory; the others stay as they were.
function inOrder(verdicts) {
  const rank = (one) => (one.outcome !== "fail" ? 2 : one.required ? 0 : 1);
  return [...verdicts].sort((a, b) => rank(a) - rank(b));
}

function line(verdict) {
  const made = element("tr", "", verdict.required ? verdict.outcome : `${verdict.outcome} optional`);
  const title = element("td", verdict.title);
  if (!verdict.required) title.append(element("div", "advisory: fails no run", "advisory"));
  const value = element("td", verdict.written.value, "number");
  if (verdict.written.interval) value.append(element("small", verdict.written.interval));
  made.append(
    element("td", verdict.mark, "mark"), title, element("td", verdict.limit), value,
    element("td", verdict.n ? String(verdict.n) : "", "number"), element("td", verdict.row, "row"),
    element("td", verdict.reason, "reason"),
  );
  return made;
}

function failing(one) {
  const made = element("tr", "", "fail");
  const kinds = element("td", "");
  kinds.append(...one.kinds.map((kind) => element("div", `${kind.count} × ${kind.error}`)));
  made.append(element("td", one.row, "row"), element("td", `${one.failed} of ${one.total}`, "number mark"), kinds);
  return made;
}

// Texts above the headline: why the last Start was refused, and what goes on before the first user or after the last.
function notices({ refused, waiting, waited, old, run }) {
  const said = [];
  if (refused) said.push(element("p", `Start was refused: ${refused}`, "refused"));
  if (waiting) said.push(element("p", waited > 1 ? `${waiting} For ${waited} s by now.` : waiting));
  if (old && run) said.push(element("p", `What is shown is an earlier run, ${run}.`));
  return said;
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

function show({ age, standing, notice }) {
  at("notices").replaceChildren(...notices({ ...notice, run: standing.run }));
  document.documentElement.classList.toggle("old", notice.old);
  if (standing.error) {
    at("headline").textContent = `Not judged: ${standing.error}`;
    return;
  }
  document.body.className = `outcome-${standing.outcome}`;
  at("headline").textContent = notice.old && standing.run ? `Earlier run. ${standing.headline}` : standing.headline;
  at("facts").textContent = facts(standing, age);
  const told = cautions(standing.cautions);
  at("alarms").replaceChildren(...told.filter((one) => one.void).map((one) => one.made));
  at("cautions").replaceChildren(...told.filter((one) => !one.void).map((one) => one.made));
  at("words").textContent = standing.of_generator;
  at("generator").replaceChildren(...standing.generator.map(reading));
  at("failing").hidden = !standing.failing.length;
  at("rows").replaceChildren(...standing.failing.map(failing));
  at("lines").replaceChildren(...inOrder(standing.verdicts).map(line));
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
