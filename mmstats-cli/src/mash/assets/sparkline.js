// Draws a history in the size of a word.

import { setAttribute, svg } from "./element.js";

const KEPT = 60;
const WIDTH = 120;
const HEIGHT = 20;

export class Sparkline {
  #points = [];
  #line = svg("path", { class: "line" });
  #area = svg("path", { class: "area" });

  constructor() {
    const size = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" };
    this.node = svg("svg", { class: "sparkline", "aria-hidden": "true", ...size },
      this.#area, this.#line);
  }

  /** Sets the history, the latest point last. */
  seed(points) {
    this.#points = points.slice(-KEPT);
  }

  push(point) {
    this.#points.push(point);
    if (this.#points.length > KEPT) this.#points.shift();
  }

  /** Draws rates from zero, and other values from the least of them. */
  draw(fromZero) {
    const known = this.#points.filter((point) => point !== null);
    const most = Math.max(...known);
    const least = Math.min(...known, ...(fromZero ? [0] : []));
    const range = most / 2 - least / 2;
    if (known.length < 2) {
      setAttribute(this.#line, "d", "");
      setAttribute(this.#area, "d", "");
      return;
    }
    const step = WIDTH / (KEPT - 1);
    const start = WIDTH - (this.#points.length - 1) * step;
    const y = (point) => HEIGHT - 1.5 - (range > 0 ? (point / 2 - least / 2) / range : fromZero ? 0 : 0.5) * (HEIGHT - 3);
    let path = "";
    let first;
    let last;
    this.#points.forEach((point, index) => {
      if (point === null) return;
      const x = (start + index * step).toFixed(1);
      first ??= x;
      last = x;
      path += `${path ? "L" : "M"}${x} ${y(point).toFixed(1)}`;
    });
    setAttribute(this.#line, "d", path);
    setAttribute(this.#area, "d", `${path}L${last} ${HEIGHT}L${first} ${HEIGHT}Z`);
  }
}
