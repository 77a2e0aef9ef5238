// Numbers for people, as the tools write them.

const PREFIXES = ["", " k", " M", " G", " T", " P", " E"];
const SECONDS = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];

/** To three digits or so: `0.25`, `812`, `12 k`. */
export function short(number) {
  const size = Math.abs(number);
  if (size === 0) return "0";
  if (size < 1e-3) return number.toExponential(1);
  if (size < 1e4) return String(Number(number.toPrecision(3)));
  const step = Math.min(Math.floor(Math.log10(size) / 3), PREFIXES.length - 1);
  return `${Number((number / 1e3 ** step).toPrecision(3))}${PREFIXES[step]}`;
}

/** `1.2 ms` */
export function seconds(number) {
  if (number === 0) return "0";
  const [unit, name] = SECONDS.find(([unit]) => Math.abs(number) >= unit) ?? SECONDS.at(-1);
  return `${Number((number / unit).toPrecision(3))} ${name}`;
}

/** From the least to the most of it, at round numbers, about so many. */
export function ticks(least, most, count) {
  const rough = (most - least) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [least];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const marks = [];
  for (let mark = Math.ceil(least / step - 1e-9); mark * step <= most + step * 1e-9; mark += 1) {
    marks.push(mark * step);
  }
  return marks;
}
