// What programs in C call: the functions of the table of primitives, with its conventions at kinks, poles and beyond.
// A program takes along those that it needs. A name that math.h has too ends with an underscore here.

static double sign(double x) {
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x == 0.0 ? 0.0 : x;
}

static double power(double x, double y) {
    if (x != x || y != y || (x == -INFINITY && y != floor(y))) return NAN;
    return pow(x, y);
}

static double constant_power(double x, double exponent) {
    if (exponent != exponent || (x == -INFINITY && exponent != floor(exponent))) return NAN;
    return pow(x, exponent);
}

static double cbrt_(double x) {
    const double root = cbrt(x);
    return root == 0.0 || root - root != 0.0 ? root : root - (root - x / (root * root)) / 3.0;
}

static double hypot_(double x, double y) {
    return x != x || y != y ? NAN : hypot(x, y);
}

static double clamp(double x, double low, double high) {
    if (x != x || low != low || high != high) return NAN;
    return x < low ? low : x > high ? high : x;
}

// derivatives

static APART double passed_on(double upstream, double local_derivative) {
    return upstream == 0.0 ? 0.0 : upstream * local_derivative;
}

// rounding

static double remainder_(double x, double y) {
    if (y == 0.0) return NAN;
    const double rest = fmod(x, y);
    if (rest == 0.0) return copysign(0.0, y);
    return (rest < 0.0) != (y < 0.0) ? rest + y : rest;
}

static double floor_divide(double x, double y) {
    if (y == 0.0) return x / y;
    double rest = fmod(x, y), quotient = (x - rest) / y;
    if (rest != 0.0 && (rest < 0.0) != (y < 0.0)) quotient -= 1.0;
    if (quotient == 0.0) return copysign(0.0, x / y);
    const double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

static double round_(double x, double digits) {
    if (digits != digits || x - x != 0.0) return digits != digits ? NAN : x;
    const double count = trunc(digits), tens = pow(10.0, fabs(count));
    const double scaled = count < 0.0 ? x / tens : x * tens;
    if (count > 323.0 || fabs(scaled) >= 4503599627370496.0) return x;
    if (tens > 1e308) return copysign(0.0, x);
    const double lost = count < 0.0 ? copysign(1.0, tens) * fma(-scaled, tens, x) : fma(x, tens, -scaled);
    double whole = floor(scaled);
    const double beyond = (scaled - whole) - 0.5;
    if (beyond > 0.0 || (beyond == 0.0 && (lost > 0.0 || (lost == 0.0 && fmod(whole, 2.0) != 0.0)))) whole += 1.0;
    return copysign(count < 0.0 ? whole * tens : whole / tens, x);
}

// activations

static double sech_squared(double x) {
    const double e = exp(-2.0 * fabs(x));
    return 4.0 * e / ((1.0 + e) * (1.0 + e));
}

static double sigmoid(double x) {
    const double e = exp(-fabs(x));
    return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}

static double softplus(double x) {
    return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
}

static double log_sigmoid(double x) {
    return -softplus(-x);
}

static double leaky_relu(double x, double slope) {
    return x > 0.0 && slope == slope ? x : slope * x;
}

static double elu(double x, double alpha) {
    return alpha != alpha ? NAN : x > 0.0 ? x : alpha * expm1(x);
}

static double selu(double x) {
    return x > 0.0 ? 1.0507009873554805 * x : 1.0507009873554805 * 1.6732632423543772 * expm1(x);
}

static double silu(double x) {
    if (x >= 0.0 || x != x) return x / (1.0 + exp(-x));
    if (x < -800.0) return -0.0;
    const double half = exp(0.5 * x);
    return x * half / (1.0 + half * half) * half;
}

static double mish(double x) {
    if (x >= 0.0 || x != x) {
        const double e = exp(-x);
        return x * ((1.0 + 2.0 * e) / (1.0 + 2.0 * e + 2.0 * e * e));
    }
    if (x < -800.0) return -0.0;
    const double half = exp(0.5 * x), e = half * half;
    return x * half * ((e + 2.0) / (e * (e + 2.0) + 2.0)) * half;
}

static double softsign(double x) {
    return fabs(x) == INFINITY ? copysign(1.0, x) : x / (1.0 + fabs(x));
}

// the normal distribution and the error function

static double square_error(double x) {
    // What rounding takes from x * x (Dekker's product).
    const double square = x * x, scaled = 134217729.0 * x, high = scaled - (scaled - x), low = x - high;
    return ((high * high - square) + 2.0 * high * low) + low * low;
}

static double bell(double x, double scale) {
    // exp(-scale * x * x), for a scale of 1 or 1/2.
    if (fabs(x) > 40.0) return 0.0;
    return exp(-scale * (x * x)) * (1.0 - scale * square_error(x));
}

static double exp_minus_square(double x) {
    return bell(x, 1.0);
}

static double normal_pdf(double x) {
    return 0.3989422804014327 * bell(x, 0.5);
}

static double normal_cdf(double x) {
    // erfc(-x / sqrt(2)) / 2, and the first-order effect of what rounding does to its argument.
    if (x < -40.0 || x > 40.0) return x < 0.0 ? 0.0 : 1.0;
    const double root = 0.7071067811865476, argument = -x * root;
    const double scaled = 134217729.0 * x, high = scaled - (scaled - x), low = x - high;
    const double root_scaled = 134217729.0 * root, root_high = root_scaled - (root_scaled - root);
    const double root_low = root - root_high;
    const double product = ((-high * root_high - argument) - high * root_low - low * root_high) - low * root_low;
    const double error = product - x * -4.833646656726457e-17;
    return 0.5 * (erfc(argument) + -1.1283791670955126 * bell(argument, 1.0) * error);
}

static double gelu(double x) {
    return x > -40.0 || x != x ? x * normal_cdf(x) : -0.0;
}

static double missing_from_erf(double size, double y) {
    return size < 0.5 ? size - erf(y) : erfc(y) - (1.0 - size);
}

static double exp_square(double y) {
    return 0.8862269254527579 / bell(y, 1.0);
}

static double erfinv(double x) {
    // Winitzki's approximation, then Halley's iteration.
    const double size = fabs(x);
    if (!(size > 0.0 && size < 1.0)) return size == 0.0 ? x : size == 1.0 ? copysign(INFINITY, x) : NAN;
    double y = 0.8862269254527579 * size;
    if (size >= 0.1) {
        const double log_rest = log1p(-size) + log1p(size), middle = 4.330746750799873 + 0.5 * log_rest;
        y = sqrt(sqrt(middle * middle - log_rest / 0.147) - middle);
    }
    for (int round = 0; round < 3; round++) {
        const double newton_step = missing_from_erf(size, y) * exp_square(y);
        y += newton_step / (1.0 - y * newton_step);
    }
    return copysign(y, x);
}

static double erfinv_slope(double x) {
    const double y = fabs(erfinv(x));
    if (!(y < INFINITY)) return y;
    const double slope = exp_square(y);
    return slope + slope * (2.0 * y * (missing_from_erf(fabs(x), y) * slope));
}

// sums of several operands

static double exact_sum(int count, const double *values) {
    // Neumaier's sum: what each addition loses is added at the end.
    double sum = 0.0, lost = 0.0;
    for (int i = 0; i < count; i++) {
        const double added = sum + values[i];
        lost += fabs(sum) >= fabs(values[i]) ? (sum - added) + values[i] : (values[i] - added) + sum;
        sum = added;
    }
    return sum - sum == 0.0 ? sum + lost : sum;
}

static double sum_(int count, const double *values) {
    double sum = 0.0;
    for (int i = 0; i < count; i++) sum += values[i];
    return sum;
}

static double prod(int count, const double *values) {
    double product = 1.0;
    for (int i = 0; i < count; i++) product *= values[i];
    return product;
}

static double dot(int count, const double *operands) {
    const int half = count / 2;
    double total = operands[count - 1];
    for (int i = 0; i < half; i++) total += operands[i] * operands[half + i];
    return total;
}

static double adjoint(int count, const double *pairs) {
    double total = 0.0;
    for (int i = 0; i < count; i += 2) {
        if (pairs[i] != 0.0) total += pairs[i] * pairs[i + 1];
    }
    return total;
}

static double maximum(int count, const double *values) {
    double largest = values[0];
    for (int i = 0; i < count; i++) {
        if (values[i] != values[i]) return NAN;
        if (values[i] > largest) largest = values[i];
    }
    return largest;
}

static double minimum(int count, const double *values) {
    double least = values[0];
    for (int i = 0; i < count; i++) {
        if (values[i] != values[i]) return NAN;
        if (values[i] < least) least = values[i];
    }
    return least;
}

static double norm(int count, const double *values) {
    // Scaled by a power of two, which rounds nothing; squares and their sum in twice the digits.
    double largest = 0.0;
    for (int i = 0; i < count; i++) {
        if (values[i] != values[i]) return NAN;
        if (fabs(values[i]) > largest) largest = fabs(values[i]);
    }
    if (!(largest > 0.0 && largest < INFINITY)) return largest;
    int exponent;
    frexp(largest, &exponent);
    double total = 0.0, lost = 0.0;
    for (int i = 0; i < count; i++) {
        const double scaled = ldexp(values[i], -exponent), square = scaled * scaled, added = total + square;
        lost += square_error(scaled) + (total >= square ? (total - added) + square : (square - added) + total);
        total = added;
    }
    const double root = sqrt(total + lost);
    const double polished = root + ((total - root * root) + (lost - square_error(root))) / (2.0 * root);
    return ldexp(polished, exponent);
}

// sums of exponentials

static double shifted_exponential(double value, double largest) {
    // exp(value - largest), with what rounding takes from the difference.
    const double difference = value - largest, b = value - difference, a = difference + b;
    const double exponential = exp(difference);
    return exponential > 0.0 ? exponential * (1.0 + ((value - a) - (largest - b))) : 0.0;
}

static double sum_of_exponentials(int count, const double *values, double largest, int without) {
    double sum = 0.0, lost = 0.0;
    for (int i = 0; i < count; i++) {
        if (i == without) continue;
        const double term = shifted_exponential(values[i], largest), added = sum + term;
        lost += sum >= term ? (sum - added) + term : (term - added) + sum;
        sum = added;
    }
    return sum + lost;
}

static double log_sum_of_others(int count, const double *values, double largest) {
    int first = 0;
    while (values[first] != largest) first++;
    return log1p(sum_of_exponentials(count, values, largest, first));
}

static double logsumexp(int count, const double *values) {
    const double largest = maximum(count, values);
    return largest - largest == 0.0 ? largest + log_sum_of_others(count, values, largest) : largest;
}

static double logaddexp(double x, double y) {
    const double values[2] = {x, y};
    return logsumexp(2, values);
}

static void softmax(int count, const double *values, double *results) {
    const double largest = maximum(count, values);
    int n_endless = 0;
    for (int i = 0; i < count; i++) n_endless += values[i] == INFINITY;
    const double whole = n_endless == 1 ? 1.0 : NAN;
    const double total = largest - largest == 0.0 ? sum_of_exponentials(count, values, largest, -1) : 1.0;
    for (int i = 0; i < count; i++) {
        if (largest == -INFINITY || largest != largest) results[i] = NAN;
        else if (largest == INFINITY) results[i] = values[i] == INFINITY ? whole : 0.0 * whole;
        else results[i] = shifted_exponential(values[i], largest) / total;
    }
}

static void log_softmax(int count, const double *values, double *results) {
    const double largest = maximum(count, values);
    if (largest - largest != 0.0) {
        softmax(count, values, results);
        for (int i = 0; i < count; i++) results[i] = log(results[i]);
        return;
    }
    const double log_sum = log_sum_of_others(count, values, largest);
    for (int i = 0; i < count; i++) results[i] = (values[i] - largest) - log_sum;
}

// relatives of the gamma function

static double log_gamma_series(double z) {
    // lgamma(2 + z) for |z| <= 3/4: the Taylor series, of zeta(k) - 1 for k = 2, 3, ... (DLMF 5.7.3).
    static const double zeta_minus_one[] = {
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
    };
    double total = 0.0;
    for (int k = (int)(sizeof zeta_minus_one / sizeof *zeta_minus_one) + 1; k > 1; k--) {
        total = zeta_minus_one[k - 2] / k - z * total;
    }
    return z * (0.42278433509846713 + z * total);
}

static double bernoulli(int k) {
    // The Bernoulli number of index 2 * k, for k = 1, ..., 10.
    static const double numbers[] = {
        1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0, -3617.0 / 510.0,
        43867.0 / 798.0, -174611.0 / 330.0,
    };
    return numbers[k - 1];
}

static double sine_of_pi_times(double x) {
    // |sin(pi * x)|, whole turns taken off exactly.
    return sin(3.141592653589793 * fabs(remainder(x, 1.0)));
}

static double lgamma_(double x) {
    if (x != x || fabs(x) == INFINITY) return fabs(x);
    if (x <= 0.0 && x == floor(x)) return INFINITY;
    if (fabs(x) < 0.5) return log_gamma_series(x) - log1p(x) - log(fabs(x));
    if (x < 0.0) return log(3.141592653589793 / sine_of_pi_times(x)) - lgamma_(1.0 - x);
    if (x < 1.25) return log_gamma_series(x - 1.0) - log1p(x - 1.0);
    if (x < 10.0) {
        double product = 1.0;
        while (x > 2.5) {
            x -= 1.0;
            product *= x;
        }
        return log_gamma_series(x - 2.0) + log(product);
    }
    double correction = 0.9189385332046728;
    for (int k = 10; k > 0; k--) correction += bernoulli(k) / (2 * k * (2 * k - 1) * pow(x, 2 * k - 1));
    return x * (log(x) - 1.0) - 0.5 * log(x) + correction;
}

static double digamma_positive(double x) {
    // The recurrence, then DLMF 5.11.2.
    double terms[32];
    int count = 0;
    for (; x < 10.0; x += 1.0) terms[count++] = -1.0 / x;
    terms[count++] = log(x);
    terms[count++] = -0.5 / x;
    for (int k = 1; k <= 10; k++) terms[count++] = -bernoulli(k) / (2 * k) / pow(x, 2 * k);
    return exact_sum(count, terms);
}

static double factorial(int n) {
    double product = 1.0;
    for (int k = 2; k <= n; k++) product *= k;
    return product;
}

static double polygamma_positive(int order, double x) {
    // The recurrence, then DLMF 5.15.8, summed as exact_sum does.
    const double whole = factorial(order);
    double sum = 0.0, lost = 0.0;
    double terms[12];
    int count = 0;
    for (; x < 12.0 + order; x += 1.0) {
        const double term = whole / pow(x, order + 1), added = sum + term;
        if (fabs(term) == INFINITY) return order % 2 ? term : -term;
        lost += fabs(sum) >= fabs(term) ? (sum - added) + term : (term - added) + sum;
        sum = added;
    }
    double leading = whole / order;
    for (int i = 0; i < order; i++) leading /= x;
    terms[count++] = leading;
    terms[count++] = 0.5 * whole / pow(x, order + 1);
    for (int k = 1; k <= 10; k++) {
        double rising = 1.0;
        for (int i = 2 * k + 1; i < 2 * k + order; i++) rising *= i;
        terms[count++] = bernoulli(k) * rising / pow(x, 2 * k + order);
    }
    const double all[3] = {sum, lost, exact_sum(count, terms)};
    const double total = exact_sum(3, all);
    return order % 2 ? total : -total;
}

static double polygamma(double order_, double x) {
    const int order = (int)order_;
    if (x != x || x == -INFINITY) return NAN;
    if (x == INFINITY) return order == 0 ? INFINITY : 0.0;
    if (x <= 0.0 && x == floor(x)) return order % 2 ? INFINITY : NAN;
    if (x >= -0.5) return order == 0 ? digamma_positive(x) : polygamma_positive(order, x);
    // The reflection formula, DLMF 5.15.6: a derivative of pi * cot(pi * x), a polynomial in the cotangent.
    double coefficients[66] = {0.0, 1.0};
    if (order > 62) return NAN;
    for (int n = 0; n < order; n++) {
        double slopes[66] = {0.0};
        for (int i = 1; i <= n + 1; i++) slopes[i - 1] = i * coefficients[i];
        for (int i = 0; i <= n + 2; i++) coefficients[i] = -slopes[i] - (i >= 2 ? slopes[i - 2] : 0.0);
    }
    const double turn = remainder(x, 1.0), rest = fabs(turn);
    const double cotangent = copysign(sin(3.141592653589793 * (0.5 - rest)) / sin(3.141592653589793 * rest), turn);
    double derivative = 0.0;
    for (int i = order + 1; i >= 0; i--) derivative = derivative * cotangent + coefficients[i];
    const double one_minus_x = 1.0 - x;
    const double reflected = order == 0 ? digamma_positive(one_minus_x) : polygamma_positive(order, one_minus_x);
    return (order % 2 ? -1.0 : 1.0) * reflected - pow(3.141592653589793, order + 1) * derivative;
}

static double digamma(double x) {
    return polygamma(0.0, x);
}
