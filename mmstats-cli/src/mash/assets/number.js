// Numbers for people, as the tools write them.

const PREFIXES = ["", " k", " M", " G", " T", " P", " E"];
const SECONDS = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];

/** From here on, numbers are in e-notation. */
const HUGE = 1e21;

/** Formats a number with three digits, or as many as are given: `0.25`, `812`, `12 k`, `1.8e308`. */
export function short(number, digits = 3) {
  const size = Math.abs(number);
  if (size === 0) return "0";
  if (size < 1e-3 || size >= HUGE) return number.toExponential(digits - 2).replace("e+", "e");
  if (size < 1e4) return String(Number(number.toPrecision(digits)));
  const step = Math.min(Math.floor(Math.log10(size) / 3), PREFIXES.length - 1);
  return `${Number((number / 1e3 ** step).toPrecision(digits))}${PREFIXES[step]}`;
}

/** Formats seconds: `1.2 ms`. */
export function seconds(number, digits = 3) {
  if (number === 0) return "0";
  if (Math.abs(number) >= HUGE) return `${short(number, digits)} s`;
  const [unit, name] = SECONDS.find(([unit]) => Math.abs(number) >= unit) ?? SECONDS.at(-1);
  return `${Number((number / unit).toPrecision(digits))} ${name}`;
}

/** Formats all numbers with as many digits as it takes to tell them apart. */
export function distinct(numbers, format) {
  for (let digits = 3; digits <= 17; digits += 1) {
    const texts = numbers.map((number) => format(number, digits));
    if (new Set(texts).size === texts.length) return texts;
  }
  return numbers.map(String);
}

/** Returns round numbers between the least and the most, about `count` and at most three times so many. */
export function ticks(least, most, count) {
  const rough = most / count - least / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  if (!(rough > 0) || !(power > 0) || !Number.isFinite(rough)) return [least];
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const first = Math.ceil(least / step - 1e-9);
  const more = Math.min(Math.floor(most / step + 1e-9) - first, 3 * count - 1);
  const marks = new Set();
  // Beyond 2^53, neighbours may be the same number.
  for (let index = 0; index <= more; index += 1) marks.add((first + index) * step);
  return [...marks];
}
