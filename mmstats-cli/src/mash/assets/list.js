// Shows all processes and their statistics.

import { arrange, element, plain, searchKeys, setAttribute, setText, showNotices } from "./element.js";
import { hasNotEnded, poll } from "./poll.js";
import { Sparkline } from "./sparkline.js";

const byId = (id) => document.getElementById(id);
const filter = byId("filter");

/** The cards on the page, by id. */
const cards = new Map();
/** Whether the user opened or closed a card, by id. */
const chosen = new Map();
/** The state of the processes that are shown; all if it is empty. */
let state = "";
/** The time of the latest answer's look. */
let time;
/** Whether the next answer may contain processes that have no card. */
let isOther = true;

/** A process, or the total of several. */
class Card {
  constructor(id) {
    this.id = id;
    this.badge = element("span", { class: "badge" });
    this.command = element("bdi", { class: "command" });
    this.pid = element("span", { class: "faint pid" });
    this.name = element("bdi", { class: "faint name" });
    this.headline = new Headline();
    this.progress = element("progress", { max: 1 });
    this.percent = element("span");
    this.far = element("span", { class: "far" }, this.progress, this.percent);
    this.age = element("span", { class: "faint age" });
    this.summary = element("summary", {}, this.badge,
      element("span", { class: "who" }, this.command, this.pid, this.name),
      this.far, this.headline.node, this.age);
    this.lost = element("p", { class: "lost" });
    this.table = new Table();
    this.details = element("details", {}, this.summary, this.table.node);
    this.node = element("article", { class: "process" }, this.lost, this.details);
    this.summary.addEventListener("click", (event) => {
      event.preventDefault();
      chosen.set(id, !this.details.open);
      this.details.open = !this.details.open;
      again();
    });
  }

  update(file, isNew) {
    setAttribute(this.node, "data-state", file.state);
    setText(this.badge, file.state);
    setText(this.pid, file.pid === null ? "" : `pid ${file.pid}`);
    setText(this.name, plain(file.name));
    setAttribute(this.name, "title", plain(file.path));
    setText(this.age, file.life.replace(", ", ",\n"));
    this.far.hidden = file.progress === null;
    if (file.progress) {
      this.progress.value = file.progress.part;
      const { percent, left } = file.progress;
      setText(this.percent, left ? `${percent}, ${left}` : percent);
    }
    // The points of a process that ended stay as they are.
    this.#updateStats(file, isNew && hasNotEnded(file));
  }

  /** Shows the total of all processes of a command. */
  updateTotal(total, isNew) {
    setAttribute(this.node, "data-state", "total");
    setText(this.badge, "total");
    setText(this.name, total.live < total.files ? `${total.files} files, ${total.live} live` : `${total.files} files`);
    this.far.hidden = true;
    this.#updateStats(total, isNew);
  }

  #updateStats(file, isNew) {
    this.stats = file.stats !== null;
    setText(this.command, plain(file.command));
    this.headline.update(file.headline, isNew);
    setText(this.lost, file.lost);
    this.details.open = chosen.get(this.id) ?? this.stats;
    if (this.stats) this.table.update(file, isNew);
  }
}

/** The statistic that represents all. */
class Headline {
  constructor() {
    this.label = element("bdi", { class: "faint" });
    this.value = element("span", { class: "value" });
    this.rate = element("span", { class: "rate" });
    this.spark = new Sparkline();
    this.node = element("span", { class: "headline" },
      this.label, this.value, this.rate, this.spark.node);
  }

  update(stat, isNew) {
    this.node.classList.toggle("none", stat === null);
    if (stat === null) return;
    setText(this.label, plain(stat.label));
    setText(this.value, plain(stat.value));
    setText(this.rate, stat.rate === null ? "" : `${stat.rate}/s`);
    remember(this.spark, stat, isNew);
  }
}

function remember(spark, stat, isNew) {
  if (stat.history) spark.seed(stat.history);
  else if (isNew) spark.push(stat.point);
  spark.draw(stat.counted);
}

/** The statistics of a process. */
class Table {
  #rows = new Map();
  #body = element("tbody");

  constructor() {
    const head = (title, kind) => element("th", { scope: "col", class: kind }, title);
    this.node = element("table", {},
      element("thead", {}, element("tr", {}, head("Statistic", ""), head("Value", "number"),
        head("Rate/s", "number"), head("Mean", "number means"), head("p50", "number times wide"),
        head("p99", "number times"), head("Last minute", "history"), head("Running", "times wide"))),
      this.#body);
  }

  update(file, isNew) {
    const has = (known) => file.stats.some(known);
    this.node.classList.toggle("has-means", has((stat) => stat.mean !== null));
    this.node.classList.toggle("has-times", has((stat) => stat.p99 !== null));
    const rows = new Map();
    for (const stat of file.stats) {
      const row = this.#rows.get(stat.label) ?? new Row();
      row.update(stat, file.path, isNew);
      rows.set(stat.label, row);
    }
    this.#rows = rows;
    arrange(this.#body, [...rows.values()].map((row) => row.node));
  }
}

class Row {
  constructor() {
    this.label = element("a");
    this.help = element("small");
    const cell = (kind) => element("td", { class: kind });
    this.value = cell("number value");
    this.progress = element("progress", { max: 1 });
    this.rate = cell("number rate");
    this.mean = cell("number means");
    this.p50 = cell("number times wide");
    this.p99 = cell("number times");
    this.running = cell("times wide running");
    this.spark = new Sparkline();
    this.history = element("td", { class: "history" }, this.spark.node);
    this.rest = [this.rate, this.mean, this.p50, this.p99, this.history, this.running];
    this.node = element("tr", {},
      element("th", { scope: "row" }, element("bdi", {}, this.label), this.help),
      this.value, ...this.rest);
  }

  update(stat, path, isNew) {
    setText(this.label, plain(stat.label));
    setText(this.help, plain(stat.help));
    setText(this.value, plain(stat.value));
    if (stat.progress) {
      this.progress.value = stat.progress.part;
      const { percent, left } = stat.progress;
      this.value.append(` (${left ? `${percent}, ${left}` : percent}) `, this.progress);
    }
    setAttribute(this.value, "title", plain(stat.value));
    this.value.classList.toggle("torn", stat.torn);
    if (stat.text) {
      this.value.className = "text";
      this.value.colSpan = 8;
      this.rest.forEach((cell) => cell.remove());
      this.label.removeAttribute("href");
      return;
    }
    if (this.value.colSpan > 1) {
      this.value.className = "number value";
      this.value.colSpan = 1;
      this.node.append(...this.rest);
    }
    if (stat.drawn) setAttribute(this.label, "href", graphOf(stat, path));
    setText(this.rate, stat.rate ?? (stat.counted ? "–" : ""));
    setText(this.mean, stat.mean);
    setText(this.p50, stat.p50);
    setText(this.p99, stat.p99);
    setText(this.running, stat.running);
    // Values of all samples, rather than of the interval, are faint.
    for (const cell of [this.mean, this.p50, this.p99]) cell.classList.toggle("faint", !stat.latest);
    if (stat.drawn) remember(this.spark, stat, isNew);
  }
}

/** Returns the address of the graph of a statistic, of one file or of all. */
function graphOf(stat, path) {
  return `graph/?${new URLSearchParams(path === undefined ? { label: stat.label } : { label: stat.label, file: path })}`;
}

const ORDER = ["live", "unknown", "panicked", "dead", "closed"];

/** Shows the number of processes in each state; a click shows only those. */
function showStates(states) {
  const parent = byId("states");
  const known = new Map([...parent.children].map((chip) => [chip.dataset.state, chip]));
  const names = Object.keys(states);
  if (state && !names.includes(state)) names.push(state);
  names.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  arrange(parent, names.map((name) => {
    const chip = known.get(name) ?? newChip(name);
    setText(chip, `${states[name] ?? 0} ${name}`);
    setAttribute(chip, "aria-pressed", String(state === name));
    return chip;
  }));
}

function newChip(name) {
  const chip = element("button", { type: "button", class: "chip", "data-state": name });
  chip.addEventListener("click", () => {
    state = state === name ? "" : name;
    askForOthers();
  });
  return chip;
}

function query() {
  const asked = new URLSearchParams();
  if (filter.value) asked.set("filter", filter.value);
  if (state) asked.set("state", state);
  const open = [...cards.values()].filter((card) => card.details.open);
  if (chosen.size) asked.set("open", open.map((card) => card.id).join());
  if (isOther || open.some((card) => !card.stats)) asked.set("history", 1);
  return asked;
}

function show(answer) {
  const isNew = answer.time !== time;
  time = answer.time;
  isOther = false;
  showStates(answer.states);
  showNotices(byId("notices"), answer.notices);
  const shown = new Set();
  function cardOf({ id }) {
    shown.add(id);
    let card = cards.get(id);
    if (!card) cards.set(id, card = new Card(id));
    return card;
  }
  const nodes = [
    ...answer.totals.map((total) => {
      const card = cardOf(total);
      card.updateTotal(total, isNew);
      return card.node;
    }),
    ...answer.files.map((file) => {
      const card = cardOf(file);
      card.update(file, isNew);
      return card.node;
    }),
  ];
  for (const id of cards.keys()) if (!shown.has(id)) cards.delete(id);
  arrange(byId("processes"), nodes);
  const empty = byId("empty");
  empty.hidden = nodes.length > 0;
  setText(empty, filter.value || state
    ? "No process matches the filter."
    : "No statistics files yet: programs that start are shown here.");
}

function askForOthers() {
  isOther = true;
  again();
}

searchKeys(filter, askForOthers);
const again = poll("live", query, show);
