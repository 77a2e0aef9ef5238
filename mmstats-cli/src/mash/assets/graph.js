// Draws statistics over time. The address holds what is drawn, so that it can be kept and shared.

import { Chart, COLORS } from "./chart.js";
import { arrange, element, plain, searchKeys, setAttribute, setText, showNotices } from "./element.js";
import { seconds, short } from "./number.js";
import { hasNotEnded, poll } from "./poll.js";

const byId = (id) => document.getElementById(id);
const combine = byId("combine");
const span = byId("span");
const filter = byId("filter");

const address = new URLSearchParams(location.search);
const labels = new Set(address.getAll("label"));
const files = new Set(address.getAll("file"));
combine.value = address.get("lines") ?? "";
span.value = address.get("time") ?? "120";
if (!combine.value) combine.value = "";
if (!span.value) span.value = "120";

/** The longest choice of time, in seconds. */
const KEPT = 3600;

/** The known statistics by label: `{ help, unit, distributed, counted, lines: Map(id → line) }`. */
const seen = new Map();
/** By title. */
const charts = new Map();
let drawable = [];
let time;
let delay = 1;
let asked = 0;

/** A statistic of a process over time. */
class Line {
  /** Rates or values. */
  points = [];
  /** The means and percentiles of samples. */
  means = [];
  p99s = [];

  constructor(name) {
    this.name = name;
  }

  push(at, stat) {
    this.points.push([at, stat.point]);
    this.means.push([at, stat.samples?.[0] ?? null]);
    this.p99s.push([at, stat.samples?.[1] ?? null]);
    for (const points of [this.points, this.means, this.p99s]) {
      while (points[0][0] < at - KEPT) points.shift();
    }
  }
}

function query() {
  const wanted = new URLSearchParams();
  for (const label of labels) wanted.append("label", label);
  for (const file of files) wanted.append("file", file);
  if (!labels.size) wanted.append("file", ""); // matches no file
  if (asked % 10 === 0) wanted.set("drawable", 1);
  if ([...labels].some((label) => !seen.has(label))) wanted.set("history", 1);
  asked += 1;
  return wanted;
}

function show(answer) {
  delay = answer.delay;
  showNotices(byId("notices"), answer.notices);
  if (answer.drawable) {
    drawable = answer.drawable;
    showLabels();
  }
  for (const label of labels) if (answer.times && !seen.has(label)) seen.set(label, { lines: new Map() });
  const isNew = answer.time !== time;
  time = answer.time;
  for (const file of answer.files) {
    for (const stat of file.stats ?? []) take(file, stat, answer, isNew);
  }
  for (const { lines } of seen.values()) {
    for (const [id, line] of lines) if (line.points.at(-1)[0] < time - KEPT) lines.delete(id);
  }
  draw();
}

function take(file, stat, answer, isNew) {
  const all = seen.get(stat.label);
  if (!all || !hasNotEnded(file)) return;
  Object.assign(all, { help: stat.help, unit: stat.unit, distributed: stat.distributed, counted: stat.counted });
  let line = all.lines.get(file.id);
  if (!line) {
    all.lines.set(file.id, line = new Line(file.pid === null ? file.name : `${file.command} ${file.pid}`));
    const past = stat.history ?? [];
    line.points = past.map((point, index) => [answer.times.at(index - past.length), point]);
    if (line.points.at(-1)?.[0] === answer.time) line.points.pop();
  } else if (!isNew) {
    return;
  }
  line.push(answer.time, stat);
}

function draw() {
  const to = time ?? 1;
  const from = to - Number(span.value);
  const gap = Math.max(5, delay * 3);
  const nodes = [];
  const wanted = new Set();
  function one(title, unit, format, help, lines, fromZero, label) {
    wanted.add(title);
    let chart = charts.get(title);
    if (!chart) charts.set(title, chart = new Chart(title, unit, format, () => toggle(label)));
    setText(chart.help, plain(help ?? ""));
    chart.show(lines, from, to, gap, fromZero);
    nodes.push(chart.node);
  }
  for (const label of labels) {
    const all = seen.get(label);
    if (!all) continue;
    const lines = [...all.lines.values()];
    if (all.distributed) {
      const isTime = all.unit === "s";
      const times = ["mean", "p99"].flatMap((kind) => combined(lines, `${kind}s`, from, COLORS / 2)
        .map(({ name, points }) => ({ name: lines.length > 1 ? `${kind} ${name}` : kind, points })));
      const unit = isTime || !all.unit ? "" : `, ${all.unit}`;
      one(label, `mean and 99th percentile${unit}`, isTime ? seconds : short, all.help, times, true, label);
      one(`${label}, number`, "a second", short, "", combined(lines, "points", from), true, label);
    } else {
      const unit = all.counted ? `${all.unit} a second` : all.unit ?? "";
      one(label, unit, short, all.help, combined(lines, "points", from), all.counted, label);
    }
  }
  for (const title of charts.keys()) if (!wanted.has(title)) charts.delete(title);
  arrange(byId("charts"), nodes);
  const empty = byId("empty");
  empty.hidden = nodes.some((node) => node.querySelector(".legend li"));
  setText(empty, labels.size ? "No live process has this statistic." : "Choose statistics to draw.");
  byId("everywhere").hidden = !files.size;
}

/**
 * Returns a line for each process, or one for all of them together. Of more than `most` lines, the
 * largest since `from` are drawn, and one for the others together.
 */
function combined(lines, kind, from, most = COLORS) {
  // Means and percentiles have no sum.
  const sumOf = kind === "points" ? "sum" : "avg";
  const name = combine.value === "sum" ? sumOf : combine.value;
  if (COMBINE[name]) {
    return lines.length ? [{ name: `${name} of ${lines.length}`, points: together(lines, kind, COMBINE[name]) }] : [];
  }
  const drawn = lines.length > most ? largest(lines, kind, from, most - 1) : lines;
  const others = lines.filter((line) => !drawn.includes(line));
  const result = drawn.map((line) => ({ name: line.name, points: line[kind] }));
  if (others.length) {
    result.push({ name: `${sumOf} of ${others.length} others`, points: together(others, kind, COMBINE[sumOf]) });
  }
  return result;
}

/** Returns the lines with the highest peaks, in the order in which they were. */
function largest(lines, kind, from, count) {
  const peaks = new Map(lines.map((line) => [line, line[kind].reduce((peak, [at, point]) =>
    at >= from && point !== null ? Math.max(peak, Math.abs(point)) : peak, 0)]));
  const kept = new Set([...lines].sort((a, b) => peaks.get(b) - peaks.get(a)).slice(0, count));
  return lines.filter((line) => kept.has(line));
}

/** Combines the points of all lines at each moment. */
function together(lines, kind, how) {
  const moments = new Map();
  for (const line of lines) {
    for (const [at, point] of line[kind]) {
      if (!moments.has(at)) moments.set(at, []);
      if (point !== null) moments.get(at).push(point);
    }
  }
  return [...moments].sort(([a], [b]) => a - b)
    .map(([at, values]) => [at, values.length ? how(values) : null]);
}

const sum = (values) => values.reduce((sum, value) => sum + value, 0);
const COMBINE = {
  sum,
  avg: (values) => sum(values) / values.length,
  max: (values) => values.reduce((a, b) => Math.max(a, b)),
  min: (values) => values.reduce((a, b) => Math.min(a, b)),
};

function showLabels() {
  const parent = byId("labels");
  const known = new Map([...parent.children].map((chip) => [chip.dataset.label, chip]));
  const wanted = filter.value.toLowerCase();
  const shown = new Set([...labels, ...drawable]);
  arrange(parent, [...shown].filter((label) => label.toLowerCase().includes(wanted)).sort().map((label) => {
    const chip = known.get(label) ?? newChip(label);
    setAttribute(chip, "aria-pressed", String(labels.has(label)));
    return chip;
  }));
}

function newChip(label) {
  const chip = element("button", { type: "button", class: "chip", "data-label": label }, plain(label));
  chip.addEventListener("click", () => toggle(label));
  return chip;
}

function toggle(label) {
  if (labels.delete(label)) seen.delete(label);
  else labels.add(label);
  changed();
  again();
}

function changed() {
  const kept = new URLSearchParams();
  for (const label of labels) kept.append("label", label);
  for (const file of files) kept.append("file", file);
  if (combine.value) kept.set("lines", combine.value);
  if (span.value !== "120") kept.set("time", span.value);
  history.replaceState(null, "", `?${kept}`);
  showLabels();
  draw();
}

combine.addEventListener("change", changed);
span.addEventListener("change", changed);
searchKeys(filter, showLabels);
const everywhere = byId("everywhere");
everywhere.href = "#";
everywhere.addEventListener("click", (event) => {
  event.preventDefault();
  files.clear();
  seen.clear();
  changed();
  again();
});
byId("choice").open = !labels.size;
// Continues while the page is hidden, so that the graph has no gap.
const again = poll("../live", query, show, true);
