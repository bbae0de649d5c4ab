// What programs in JavaScript call: the functions of the table of primitives, as IEEE 754 has them at poles and beyond.
// Each stands by itself, and a program takes along those that it needs.

function power(x, y) {
    if (y !== y || x !== x) return NaN;
    if (x === -Infinity && y % 1 > 0) return NaN;
    return Math.abs(x) === 1 && Math.abs(y) === Infinity ? 1 : x ** y;
}

function constant_power(x, y) {
    if (y === 2 || y === -1) return y === 2 ? x * x : 1 / x; // rounded rightly, which V8's power is not always
    return y === 0 ? 1 : x === 1 && y === y ? 1 : power(x, y);
}

function sign(x) {
    return x !== x ? x : x > 0 ? 1 : x < 0 ? -1 : 0;
}

function cbrt(x) {
    const root = Math.cbrt(x);
    return root === 0 || root - root !== 0 ? root : root - (root - x / (root * root)) / 3;
}

function exp2(x) {
    return 2 ** x;
}

function remainder(x, y) {
    if (y === 0 || x - x !== 0 || y !== y) return NaN;
    if (Math.abs(y) === Infinity && x !== 0) return x < 0 === y < 0 ? x : y;
    const rest = x % y;
    if (rest === 0) return y < 0 ? -0 : 0;
    return rest < 0 === y < 0 ? rest : rest + y;
}

function floor_divide(x, y) {
    if (y === 0 || x - x !== 0 || y !== y) return y === 0 && x - x === 0 ? x / y : NaN;
    if (Math.abs(y) === Infinity) return x === 0 ? x / y : x < 0 === y < 0 ? 0 : -1;
    const whole = Math.floor((x - remainder(x, y)) / y + 0.5);
    return whole === 0 ? 0 * (x / y) : whole;
}

function sech_squared(x) {
    const e = Math.exp(-2 * Math.abs(x));
    return 4 * e / ((1 + e) * (1 + e));
}

function sigmoid(x) {
    const e = Math.exp(-Math.abs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}

function softplus(x) {
    return (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function log_sigmoid(x) {
    return -softplus(-x);
}

function leaky_relu(x, slope) {
    return x > 0 && slope === slope ? x : slope * x;
}

function elu(x, alpha) {
    return alpha !== alpha ? NaN : x > 0 ? x : alpha * Math.expm1(x);
}

function selu(x) {
    return x > 0 ? 1.0507009873554805 * x : 1.0507009873554805 * 1.6732632423543772 * Math.expm1(x);
}

function silu(x) {
    if (x >= 0 || x !== x) return x / (1 + Math.exp(-x));
    if (x < -800) return -0;
    const half = Math.exp(0.5 * x);
    return x * half / (1 + half * half) * half;
}

function mish(x) {
    if (x >= 0 || x !== x) {
        const e = Math.exp(-x);
        return x * ((1 + 2 * e) / (1 + 2 * e + 2 * e * e));
    }
    if (x < -800) return -0;
    const half = Math.exp(0.5 * x), e = half * half;
    return x * half * ((e + 2) / (e * (e + 2) + 2)) * half;
}

function softsign(x) {
    return Math.abs(x) === Infinity ? sign(x) : x / (1 + Math.abs(x));
}

function gelu(x) {
    return x > -40 || x !== x ? x * normal_cdf(x) : -0;
}

function two_square(x) {
    const square = x * x, scaled = 134217729 * x, high = scaled - (scaled - x), low = x - high;
    return [square, (high * high - square + 2 * high * low) + low * low];
}

function bell(x, scale) {
    if (Math.abs(x) > 40 || x !== x) return x !== x ? NaN : 0;
    const [square, error] = two_square(x);
    return Math.exp(-scale * square) * (1 - scale * error);
}

function exp_minus_square(x) {
    return bell(x, 1);
}

function normal_pdf(x) {
    return 1 / Math.sqrt(2 * Math.PI) * bell(x, 0.5);
}

function normal_cdf(x) {
    if (x < -40 || x > 40) return x < 0 ? 0 : 1;
    const half = Math.sqrt(0.5), argument = -x * half;
    const scaled = 134217729 * x, high = scaled - (scaled - x), low = x - high;
    const half_scaled = 134217729 * half, half_high = half_scaled - (half_scaled - half), half_low = half - half_high;
    const lost = ((-high * half_high - argument) - high * half_low - low * half_high) - low * half_low;
    const error = lost - x * -4.833646656726457e-17;
    return 0.5 * (erfc(argument) - 2 / Math.sqrt(Math.PI) * exp_minus_square(argument) * error);
}

// erf and erfc: the rational approximations of fdlibm (Sun Microsystems, 1993), s_erf.c

function polynomial(x, coefficients) {
    return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

function erf_near_zero(x) {
    const z = x * x;
    const p = [1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
        -5.77027029648944159157e-03, -2.37630166566501626084e-05];
    const q = [1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
        1.32494738004321644526e-04, -3.96022827877536812320e-06];
    return polynomial(z, p) / polynomial(z, q);
}

function erf_minus_constant(size) {
    const s = size - 1;
    const p = [-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
        3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03];
    const q = [1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
        1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02];
    return polynomial(s, p) / polynomial(s, q);
}

function erfc_far(size) {
    const s = 1 / (size * size);
    const [p, q] = size < 1 / 0.35 ? [
        [-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
            -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
            -8.12874355063065934246e+01, -9.81432934416914548592e+00],
        [1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
            6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02,
            6.57024977031928170135e+00, -6.04244152148580987438e-02],
    ] : [
        [-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
            -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
            -4.83519191608651397019e+02],
        [1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
            3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02,
            -2.24409524465858183362e+01],
    ];
    const high = Math.fround(size);
    const fraction = polynomial(s, p) / polynomial(s, q);
    return Math.exp(-high * high - 0.5625) * Math.exp((high - size) * (high + size) + fraction) / size;
}

function erf(x) {
    const size = Math.abs(x);
    if (x !== x) return x;
    if (size < 0.84375) return x + x * erf_near_zero(x);
    const positive = size < 1.25 ? 8.45062911510467529297e-01 + erf_minus_constant(size) : size < 6 ? 1 - erfc_far(size) : 1;
    return x < 0 ? -positive : positive;
}

function erfc(x) {
    const size = Math.abs(x);
    if (x !== x) return x;
    if (size < 0.84375) return x < 0.25 ? 1 - (x + x * erf_near_zero(x)) : 0.5 - (x - 0.5 + x * erf_near_zero(x));
    if (size < 1.25) {
        const rest = erf_minus_constant(size);
        return x > 0 ? (1 - 8.45062911510467529297e-01) - rest : 1 + (8.45062911510467529297e-01 + rest);
    }
    const far = size < 28 ? erfc_far(size) : 0;
    return x > 0 ? far : 2 - far;
}

function missing_from_erf(size, y) {
    return size < 0.5 ? size - erf(y) : erfc(y) - (1 - size);
}

function exp_square(y) {
    return Math.sqrt(Math.PI) / 2 / exp_minus_square(y);
}

function erfinv(x) {
    const size = Math.abs(x);
    if (!(size > 0 && size < 1)) return size === 0 ? x : size === 1 ? x * Infinity : NaN;
    let y = Math.sqrt(Math.PI) / 2 * size;
    if (size >= 0.1) {
        const log_rest = Math.log1p(-size) + Math.log1p(size), middle = 2 / (Math.PI * 0.147) + 0.5 * log_rest;
        y = Math.sqrt(Math.sqrt(middle * middle - log_rest / 0.147) - middle);
    }
    for (let round = 0; round < 3; round++) {
        const newton_step = missing_from_erf(size, y) * exp_square(y);
        y += newton_step / (1 - y * newton_step);
    }
    return x < 0 ? -y : y;
}

function erfinv_slope(x) {
    const y = Math.abs(erfinv(x));
    if (!(y < Infinity)) return y;
    const slope = exp_square(y);
    return slope + slope * (2 * y * (missing_from_erf(Math.abs(x), y) * slope));
}

function round_(x, digits) {
    if (!(Math.abs(x) < 1e21) || x === 0) return x;
    const scale = 10 ** Math.abs(digits);
    if (digits < 0) return round_half_to_even(x, scale);
    if (digits > 70 || Math.abs(x) * scale >= 2 ** 53) return x;
    const written = x.toFixed(digits + 30), end = written.length - 30; // toFixed itself takes halves away from 0
    if (!/^50*$/.test(written.slice(end))) return Number(x.toFixed(digits));
    const cut = Number(written.slice(0, end)), is_odd = Number(written[end - 1] === "." ? written[end - 2] : written[end - 1]) % 2;
    return is_odd === 1 ? Number(x.toFixed(digits)) : Object.is(cut, 0) && x < 0 ? -0 : cut;
}

function round_half_to_even(x, scale) {
    const rest = x % scale, whole = x - rest, twice = 2 * Math.abs(rest);
    if (scale === Infinity) return x < 0 ? -0 : x * 0;
    const is_up = twice > scale || (twice === scale && Math.abs(whole / scale) % 2 === 1);
    return is_up ? whole + Math.sign(x) * scale : whole === 0 && x < 0 ? -0 : whole;
}

// the relatives of the gamma function

function is_pole_of_gamma(x) {
    return x <= 0 && x === Math.floor(x);
}

function turned_off(x) {
    const rest = x % 1; // whole turns taken off exactly: from -1/2 to 1/2
    return rest > 0.5 ? rest - 1 : rest < -0.5 ? rest + 1 : rest;
}

function bernoulli_numbers() {
    return [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330];
}

function log_gamma_series(z) {
    const zeta_minus_one = [
        0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
        0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853,
        0.0004941886041194645, 0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-05,
        3.058823630702049e-05, 1.528225940865187e-05, 7.637197637899763e-06, 3.81729326499984e-06,
        1.908212716553939e-06, 9.539620338727962e-07, 4.769329867878064e-07, 2.38450502727733e-07,
        1.1921992596531106e-07, 5.960818905125948e-08, 2.980350351465228e-08, 1.4901554828365043e-08,
        7.45071178983543e-09, 3.725334024788457e-09, 1.862659723513049e-09, 9.313274324196682e-10,
        4.656629065033784e-10, 2.3283118336765053e-10, 1.164155017270052e-10, 5.820772087902701e-11,
        2.9103850444971e-11, 1.4551921891041985e-11, 7.275959835057482e-12, 3.637979547378651e-12,
        1.818989650307066e-12, 9.094947840263888e-13, 4.547473783042154e-13,
    ];
    let total = 0;
    for (let k = zeta_minus_one.length + 1; k > 1; k--) total = zeta_minus_one[k - 2] / k - z * total;
    return z * (0.42278433509846713 + z * total);
}

function lgamma(x) {
    if (x !== x || Math.abs(x) === Infinity) return Math.abs(x);
    if (is_pole_of_gamma(x)) return Infinity;
    if (Math.abs(x) < 0.5) return log_gamma_series(x) - Math.log1p(x) - Math.log(Math.abs(x));
    if (x < 0) return Math.log(Math.PI / Math.sin(Math.PI * Math.abs(turned_off(x)))) - lgamma(1 - x);
    if (x < 1.25) return log_gamma_series(x - 1) - Math.log1p(x - 1);
    if (x < 10) {
        let product = 1;
        while (x > 2.5) {
            x -= 1;
            product *= x;
        }
        return log_gamma_series(x - 2) + Math.log(product);
    }
    const inverse = 1 / x / x;
    const series = bernoulli_numbers().map((number, index) => number / ((2 * index + 2) * (2 * index + 1)));
    return x * (Math.log(x) - 1) - 0.5 * Math.log(x) + (0.9189385332046728 + polynomial(inverse, series) / x);
}

function digamma(x) {
    return polygamma(0, x);
}

function polygamma(order, x) {
    if (x !== x || x === -Infinity) return NaN;
    if (x === Infinity) return order === 0 ? Infinity : 0;
    if (is_pole_of_gamma(x)) return order % 2 === 1 ? Infinity : NaN;
    if (x < -0.5) return (order % 2 === 0 ? 1 : -1) * polygamma(order, 1 - x) - cotangent_derivative(order, x);
    return order === 0 ? digamma_of_positive(x) : polygamma_of_positive(order, x);
}

function digamma_of_positive(x) {
    const terms = [];
    for (; x < 10; x += 1) terms.push(-1 / x);
    const inverse = 1 / x / x, series = bernoulli_numbers().map((number, index) => number / (2 * index + 2));
    return exact_sum([...terms, Math.log(x), -0.5 / x, -inverse * polynomial(inverse, series)]);
}

function factorial(n) {
    let product = 1;
    for (let k = 2; k <= n; k++) product *= k;
    return product;
}

function polygamma_of_positive(order, x) {
    const terms = [], inverse_of = y => factorial(order) / y ** (order + 1);
    for (; x < 12 + order; x += 1) terms.push(inverse_of(x));
    let leading = factorial(order) / order;
    for (let k = 0; k < order; k++) leading /= x;
    const rising = bernoulli_numbers().map((number, index) => number * factorial(2 * index + 1 + order) / factorial(2 * index + 2));
    terms.push(leading, 0.5 * leading * order / x);
    terms.push(leading * order / factorial(order) / x / x * polynomial(1 / x / x, rising));
    const total = exact_sum(terms);
    return order % 2 === 1 ? total : -total;
}

function cotangent_derivative(order, x) {
    let powers = [0, 1];
    for (let k = 0; k < order; k++) {
        const slopes = powers.map((coefficient, power) => power * coefficient).slice(1);
        powers = Array(slopes.length + 2).fill(0);
        slopes.forEach((slope, power) => {
            powers[power] -= slope;
            powers[power + 2] -= slope;
        });
    }
    const turned = turned_off(x), rest = Math.abs(turned);
    const cotangent = Math.sign(turned) * Math.sin(Math.PI * (0.5 - rest)) / Math.sin(Math.PI * rest);
    return Math.PI ** (order + 1) * polynomial(cotangent, powers);
}

function hypot(x, y) {
    return x !== x || y !== y ? NaN : Math.hypot(x, y);
}

function clamp(x, low, high) {
    if (x !== x || low !== low || high !== high) return NaN;
    return x < low ? low : x > high ? high : x;
}

// of several operands

function exact_sum(values) {
    let sum = 0, lost = 0;
    for (const value of values) {
        const added = sum + value;
        lost += Math.abs(sum) >= Math.abs(value) ? (sum - added) + value : (value - added) + sum;
        sum = added;
    }
    return sum - sum === 0 ? sum + lost : sum;
}

function sum_(...values) {
    return values.reduce((sum, value) => sum + value, 0);
}

function prod(...values) {
    return values.reduce((product, value) => product * value, 1);
}

function dot(...operands) {
    const half = Math.floor(operands.length / 2);
    let total = operands[operands.length - 1];
    for (let i = 0; i < half; i++) total += operands[i] * operands[half + i];
    return total;
}

function adjoint(...pairs) {
    let total = 0;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] !== 0) total += pairs[i] * pairs[i + 1];
    return total;
}

function shifted_exponentials(values, largest) {
    return values.map(value => {
        const difference = value - largest, b = value - difference, a = difference + b;
        const exponential = Math.exp(difference);
        return exponential > 0 ? exponential * (1 + ((value - a) - (largest - b))) : 0;
    });
}

function log_sum_of_others(values, largest) {
    const exponentials = shifted_exponentials(values, largest);
    exponentials.splice(values.indexOf(largest), 1);
    return Math.log1p(exact_sum(exponentials));
}

function logsumexp(...values) {
    const largest = Math.max(...values);
    return largest - largest === 0 ? largest + log_sum_of_others(values, largest) : largest;
}

function logaddexp(x, y) {
    return logsumexp(x, y);
}

function softmax(...values) {
    const largest = Math.max(...values);
    if (largest === -Infinity || largest !== largest) return values.map(() => NaN);
    if (largest === Infinity) {
        const whole = values.filter(value => value === Infinity).length === 1 ? 1 : NaN;
        return values.map(value => value === Infinity ? whole : 0 * whole);
    }
    const exponentials = shifted_exponentials(values, largest), total = exact_sum(exponentials);
    return exponentials.map(exponential => exponential / total);
}

function log_softmax(...values) {
    const largest = Math.max(...values);
    if (largest - largest !== 0) return softmax(...values).map(Math.log);
    const log_sum = log_sum_of_others(values, largest);
    return values.map(value => (value - largest) - log_sum);
}

function norm(...values) {
    const largest = Math.max(0, ...values.map(Math.abs));
    if (!(largest > 0 && largest < Infinity)) return largest;
    const scale = 2 ** Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))));
    const squares = values.map(value => two_square(value / scale));
    const sum = exact_sum(squares.flat()), root = Math.sqrt(sum);
    return root * scale;
}
