// How numbers are read and written: as the package's notation writes them, and as learners type them.

// Rounds to so many significant digits as Python does: what lies just between two goes to the even one.
function exponential(x, digits) {
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  const exact = Math.abs(x).toExponential(60);
  const isBetween = /^50*$/.test(exact.replace(".", "").slice(digits).split("e")[0]);
  if (!isBetween || Number(exact.replace(".", "")[digits - 1]) % 2) return [mantissa, Number(exponent)];
  const kept = exact.replace(".", "").slice(0, digits);
  return [`${x < 0 ? "-" : ""}${kept[0]}${digits > 1 ? "." : ""}${kept.slice(1)}`, Number(exact.split("e")[1])];
}

// Python's format(x, ".4g"), or with keepsZeros "#.4g".
function general(x, digits, keepsZeros) {
  const [mantissa, exponent] = exponential(x, digits);
  const strip = (text) => (keepsZeros || !text.includes(".") ? text : text.replace(/\.?0+$/, ""));
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${strip(mantissa)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const sign = mantissa.startsWith("-") ? "-" : "";
  const figures = mantissa.replace(/[-.]/g, "");
  if (exponent < 0) return sign + strip(`0.${"0".repeat(-exponent - 1)}${figures}`);
  const whole = figures.slice(0, exponent + 1);
  const rest = figures.slice(exponent + 1);
  return sign + strip(rest ? `${whole}.${rest}` : `${whole}${keepsZeros ? "." : ""}`);
}

function shown(x, digits = 4) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return "0";
  const short = general(x, 6, false);
  if (short.replace("-", "").length <= digits + 2 && Number(short) === x) return short;
  return general(x, digits, true).replace(/\.$/, "");
}

// A number within a product or a sum: a negative one in parentheses.
const signed = (text) => (text.startsWith("-") || text.startsWith("−") ? `(${text})` : text);
const factor = (x) => signed(shown(x));

// What Python writes as repr, as a number, and the other way round.
const exactly = (text) => (text === "inf" ? Infinity : text === "-inf" ? -Infinity : text === "nan" ? NaN : Number(text));

function exact(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  if (Object.is(x, -0)) return "-0.0";
  const [mantissa, exponent] = x.toExponential().split("e");
  if (x !== 0 && (Number(exponent) < -4 || Number(exponent) >= 16)) {
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  const text = Math.abs(x) < 1 && x !== 0 ? fixedBelowOne(x) : String(x);
  return text.includes(".") ? text : `${text}.0`;
}

const fixedBelowOne = (x) => x.toFixed(Math.min(100, x.toExponential().split("e")[0].replace(/[-.]/g, "").length - 1 - Number(x.toExponential().split("e")[1])));

// The same as short as it can be typed.
const typed = (x) => exact(x).replace(/\.0$/, "");

// Half a unit in the last digit that is shown: as far as a number may be from its text.
function shownError(x, write = shown) {
  if (!Number.isFinite(x) || x === 0) return 0;
  const text = write(x).replaceAll("−", "-");
  if (Number(text) === x) return 0;
  const [mantissa, exponent = "0"] = text.split("e");
  const decimals = (mantissa.split(".")[1] ?? "").length;
  return 0.5 * 10 ** (Number(exponent) - decimals);
}

// -- what is typed ------------------------------------------------------------------------------------------------

const LONGEST_TYPED = 200;

// A number, or a calculation such as 0.22*-1.3 + (2 - 0.5)/3; nan for anything else.
function calculated(answer) {
  const text = answer.replaceAll("−", "-").replaceAll(/[·×]/g, "*").replaceAll("÷", "/").replaceAll(/\s+/g, "");
  if (!text || text.length > LONGEST_TYPED || /[\d.]\s+[\d.]/.test(answer)) return NaN;
  const tokens = text.match(/(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[-+*/()]/gi) ?? [];
  if (tokens.join("") !== text) return NaN;
  let at = 0;
  const sum = () => {
    let total = product();
    while (tokens[at] === "+" || tokens[at] === "-") total = tokens[at++] === "+" ? total + product() : total - product();
    return total;
  };
  const product = () => {
    let total = single();
    while (tokens[at] === "*" || tokens[at] === "/") total = tokens[at++] === "*" ? total * single() : total / single();
    return total;
  };
  const single = () => {
    const token = tokens[at++];
    if (token === "-") return -single();
    if (token === "+") return single();
    if (token !== "(") return token === undefined ? NaN : Number(token);
    const inside = sum();
    return tokens[at++] === ")" ? inside : NaN;
  };
  const result = sum();
  return at === tokens.length ? result : NaN;
}

// The number in a field; nan where it is none, or not a finite one.
function typedNumber(text) {
  const plain = text.trim().replace("−", "-");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : NaN;
}

// -- numbers in columns -------------------------------------------------------------------------------------------

const MOST_DECIMALS = 4;
const NEAR = 4; // ulp: 0.1 + 0.2 is written as 0.3

// A number where each has the same room: a true minus, few decimals, padded where it is rounded.
function columnNumber(x, digits = 3) {
  if (Number.isNaN(x)) return "nan";
  return x < 0 ? `−${unsignedColumn(-x, digits)}` : unsignedColumn(Math.abs(x), digits);
}

function unsignedColumn(x, digits) {
  if (!Number.isFinite(x)) return "inf";
  const short = x === 0 ? "0" : general(x, digits + 1, false);
  const ulp = 2 ** Math.max(-1074, Math.floor(Math.log2(x)) - 52);
  if (!short.includes("e") && short.length <= digits + 2 && Math.abs(Number(short) - x) <= NEAR * ulp) return short;
  const decimals = Math.max(digits + 1, MOST_DECIMALS);
  if (10 ** (1 - decimals) <= x && x < 10 ** (digits + 2)) {
    const exponent = Number(x.toExponential().split("e")[1]);
    const places = Math.min(Math.max(digits - 1 - exponent, 0), decimals);
    return fixed(x, places, exponent);
  }
  const [mantissa, exponent] = exponential(x, Math.max(digits - (x < 1 ? 1 : 0), 1));
  return `${mantissa}e${String(exponent).replace("-", "−")}`;
}

// Python's format(x, ".2f") of a number with this exponent.
function fixed(x, places, exponent) {
  const [mantissa, rounded] = exponential(x, exponent + places + 1);
  const figures = mantissa.replace(".", "") + (rounded > exponent ? "0" : "");
  const whole = rounded < 0 ? "0" : figures.slice(0, rounded + 1);
  const rest = (rounded < 0 ? "0".repeat(-rounded - 1) + figures : figures.slice(rounded + 1)).slice(0, places);
  return places ? `${whole}.${rest}` : whole;
}
