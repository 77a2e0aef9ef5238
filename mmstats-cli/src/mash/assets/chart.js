// Lines over time.

import { arrange, element, plain, setAttribute, setText, svg } from "./element.js";
import { distinct, ticks } from "./number.js";

const HEIGHT = 180;
const LEFT = 56;
/** The width of a digit on an axis, at most. */
const DIGIT = 6.6;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 22;
/** The number of times on the axis, at most. */
const TIMES = 400;

/** The number of lines that have different colours. */
export const COLORS = 8;

export class Chart {
  #width = 600;
  #left = LEFT;
  #lines = [];
  #from = 0;
  #to = 1;
  #gap = 0;
  /** The selected moment; the latest if it is null. */
  #at = null;

  constructor(title, unit, format, close) {
    this.title = title;
    this.format = format;
    const end = element("button", { type: "button", class: "close", "aria-label": `Remove ${plain(title)}` }, "×");
    end.addEventListener("click", close);
    this.help = element("small");
    this.moment = element("span", { class: "faint moment" });
    this.grid = svg("g", { class: "grid" });
    this.paths = svg("g");
    this.cursor = svg("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM });
    this.picture = svg("svg", { tabindex: 0, role: "img", height: HEIGHT }, this.grid, this.paths, this.cursor);
    this.legend = element("ul", { class: "legend" });
    this.node = element("article", { class: "chart" },
      element("h2", {}, element("bdi", {}, plain(title)), " ",
        element("span", { class: "faint" }, unit), this.moment, end),
      this.help, this.picture, this.legend);
    new ResizeObserver(([entry]) => {
      this.#width = Math.max(240, entry.contentRect.width);
      this.#draw();
    }).observe(this.node);
    this.picture.addEventListener("pointermove", (event) => this.#look(event.offsetX));
    this.picture.addEventListener("pointerleave", () => this.#lookAt(null));
    this.picture.addEventListener("blur", () => this.#lookAt(null));
    this.picture.addEventListener("keydown", (event) => this.#key(event));
  }

  /**
   * Draws lines of `{ name, points: [[time, number or null]…] }`; points that are farther apart than
   * `gap` are not connected.
   */
  show(lines, from, to, gap, fromZero) {
    this.#lines = lines;
    this.#from = from;
    this.#to = to;
    this.#gap = gap;
    this.fromZero = fromZero;
    this.#draw();
  }

  #x(time) {
    return this.#left + ((time - this.#from) / (this.#to - this.#from)) * (this.#width - this.#left - RIGHT);
  }

  #draw() {
    setAttribute(this.picture, "viewBox", `0 0 ${this.#width} ${HEIGHT}`);
    setAttribute(this.picture, "width", String(this.#width));
    const shown = this.#lines.map(({ points }) => points.filter(([time]) => time >= this.#from));
    let least = this.fromZero ? 0 : Infinity;
    let most = -Infinity;
    for (const [, point] of shown.flat()) {
      if (point === null) continue;
      least = Math.min(least, point);
      most = Math.max(most, point);
    }
    if (most < least) [least, most] = [0, 1];
    const size = Math.max(Math.abs(least), Math.abs(most));
    // Differences that are only rounding errors are drawn as a flat line.
    if (most / 2 - least / 2 <= size * 1e-12) {
      [least, most] = size === 0 ? [this.fromZero ? 0 : -1, 1] : [least - size * 0.1, most + size * 0.1];
    } else {
      most += (most - least) * 0.05;
    }
    [least, most] = [Math.max(least, -Number.MAX_VALUE), Math.min(most, Number.MAX_VALUE)];
    // Halves, because the difference of two huge numbers is infinite.
    const y = (value) => TOP + (1 - (value / 2 - least / 2) / (most / 2 - least / 2)) * (HEIGHT - TOP - BOTTOM);
    this.#drawGrid(least, most, y);
    arrange(this.paths, shown.map((points, index) => {
      const path = this.paths.children[index] ?? svg("path", { class: `line c${index % COLORS}` });
      setAttribute(path, "d", this.#path(points, y));
      return path;
    }));
    this.#tell();
  }

  #path(points, y) {
    let path = "";
    let before = -Infinity;
    for (const [time, point] of points) {
      if (point === null) continue;
      // A single point is a dot.
      path += time - before > this.#gap
        ? `M${this.#x(time).toFixed(1)} ${y(point).toFixed(1)}h0`
        : `L${this.#x(time).toFixed(1)} ${y(point).toFixed(1)}`;
      before = time;
    }
    return path;
  }

  #drawGrid(least, most, y) {
    const right = this.#width - RIGHT;
    const nodes = [];
    const marks = ticks(least, most, 4);
    const texts = distinct(marks, this.format);
    const longest = Math.max(...texts.map((text) => text.length));
    this.#left = Math.min(Math.max(LEFT, longest * DIGIT + 10), this.#width / 2);
    marks.forEach((mark, index) => {
      const at = y(mark).toFixed(1);
      nodes.push(svg("line", { x1: this.#left, x2: right, y1: at, y2: at }),
        svg("text", { x: this.#left - 6, y: at, class: "y" }, texts[index]));
    });
    const step = [10, 30, 60, 120, 300, 600, 1200].find((step) => (this.#to - this.#from) / step <= this.#width / 90) ?? 3600;
    const first = Math.ceil(this.#from / step);
    const more = Math.min(Math.floor(this.#to / step) - first, TIMES);
    for (let index = 0; index <= more; index += 1) {
      const time = (first + index) * step;
      const at = this.#x(time);
      if (at > this.#left + 24 && at < right - 24) {
        nodes.push(svg("text", { x: at.toFixed(1), y: HEIGHT - 6, class: "x" }, clock(time)));
      }
    }
    this.grid.replaceChildren(...nodes);
  }

  #look(x) {
    const part = (x - this.#left) / (this.#width - this.#left - RIGHT);
    this.#lookAt(this.#from + Math.min(1, Math.max(0, part)) * (this.#to - this.#from));
  }

  #lookAt(time) {
    this.#at = time;
    this.#tell();
  }

  #key(event) {
    const times = (this.#lines[0]?.points ?? []).map(([time]) => time).filter((time) => time >= this.#from);
    if (!times.length) return;
    const now = nearest(times, this.#at ?? times.at(-1));
    const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: times.length - 1 }[event.key];
    if (event.key === "Escape") this.#lookAt(null);
    if (next === undefined) return;
    event.preventDefault();
    this.#lookAt(times[Math.min(times.length - 1, Math.max(0, next))]);
  }

  /** Shows the values at the selected moment. */
  #tell() {
    let moment = null;
    const values = this.#lines.map(({ points }) => {
      const index = this.#at === null ? points.length - 1 : nearest(points.map(([time]) => time), this.#at);
      const [time, point] = points[index] ?? [null, null];
      moment ??= time;
      return point === null ? "–" : this.format(point);
    });
    arrange(this.legend, this.#lines.map(({ name }, index) => {
      const item = this.legend.children[index] ?? element("li", {},
        element("i", { class: `swatch c${index % COLORS}` }), element("bdi"), element("b"));
      setText(item.children[1], plain(name));
      setText(item.children[2], values[index]);
      return item;
    }));
    const isLookedAt = this.#at !== null && moment !== null;
    setText(this.moment, isLookedAt ? `at ${clock(moment)}` : "");
    this.cursor.style.visibility = isLookedAt ? "visible" : "hidden";
    if (isLookedAt) {
      const x = this.#x(moment).toFixed(1);
      setAttribute(this.cursor, "x1", x);
      setAttribute(this.cursor, "x2", x);
    }
    const spoken = this.#lines.map(({ name }, index) => `${plain(name)} ${values[index]}`);
    setAttribute(this.picture, "aria-label", `${plain(this.title)}: ${spoken.join(", ")}`);
  }
}

/** Returns the index of the nearest time. */
function nearest(times, wanted) {
  let found = -1;
  times.forEach((time, index) => {
    if (found < 0 || Math.abs(time - wanted) < Math.abs(times[found] - wanted)) found = index;
  });
  return found;
}

function clock(time) {
  return new Date(time * 1000).toLocaleTimeString([], { hourCycle: "h23" });
}
