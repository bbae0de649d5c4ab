/* The yardstick of random_graph.py: the same scalar operations in a loop, forward and then backward over the edges.

   A node is one number: a softplus of one operand, a sum of four, a product of two, or the first component of the
   softmax of four. Its four exponentials are computed once, for the value and all four derivatives. Operands are
   indices into `value`, where the leaves come first; those of node i, and the derivatives by them, are from
   start[i] to start[i + 1]. The result is the mean of the nodes that no other one uses. */

#include <math.h>
#include <string.h>

enum { SOFTPLUS, SUM, PRODUCT, SOFTMAX };

double run(int leaf_count, int node_count, int loose_count, const unsigned char *op, const int *start,
           const int *operand, const int *loose, double *value, double *derivative, double *gradient)
{
    for (int i = 0; i < node_count; i++) {
        const int *o = operand + start[i];
        double *d = derivative + start[i];
        double *out = value + leaf_count + i;
        switch (op[i]) {
        case SOFTPLUS: {
            double x = value[o[0]], e = exp(-fabs(x));
            *out = (x > 0.0 ? x : 0.0) + log1p(e);
            d[0] = (x > 0.0 ? 1.0 : e) / (1.0 + e);
            break;
        }
        case SUM:
            *out = value[o[0]] + value[o[1]] + value[o[2]] + value[o[3]];
            d[0] = d[1] = d[2] = d[3] = 1.0;
            break;
        case PRODUCT: {
            double x = value[o[0]], y = value[o[1]];
            *out = x * y;
            d[0] = y;
            d[1] = x;
            break;
        }
        case SOFTMAX: {
            double a = value[o[0]], b = value[o[1]], c = value[o[2]], e = value[o[3]];
            double ab = a > b ? a : b, ce = c > e ? c : e, largest = ab > ce ? ab : ce;
            double pa = exp(a - largest), pb = exp(b - largest), pc = exp(c - largest), pe = exp(e - largest);
            double scale = 1.0 / (pa + pb + pc + pe), share = pa * scale;
            *out = share;
            d[0] = share * (pb + pc + pe) * scale;
            d[1] = -share * pb * scale;
            d[2] = -share * pc * scale;
            d[3] = -share * pe * scale;
            break;
        }
        }
    }

    double total = 0.0;
    memset(gradient, 0, (size_t)(leaf_count + node_count) * sizeof *gradient);
    for (int i = 0; i < loose_count; i++) {
        total += value[loose[i]];
        gradient[loose[i]] = 1.0 / loose_count;
    }
    for (int i = node_count - 1; i >= 0; i--) {
        double upstream = gradient[leaf_count + i];
        for (int edge = start[i]; edge < start[i + 1]; edge++)
            gradient[operand[edge]] += derivative[edge] * upstream;
    }
    return total / loose_count;
}
