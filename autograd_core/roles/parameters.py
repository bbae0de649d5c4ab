"""Which operand of a product is the parameter, and which the signal that it multiplies.

A leaf times a computed number is a parameter times a signal. Of two leaves, these decide, the first that knows:

1. what is known for certain: the roles of ``dot``, and what the caller says;
2. labels, such as ``w1`` or ``weights.0`` of a weight, ``x1`` or ``inputs.0`` of a signal, ``t`` of a target;
3. other uses: a leaf that multiplies a computed number, or is added to products, is a parameter;
4. biases: a leaf whose sums have different biases is a signal that several neurons read, and one that comes several
   times in sums of the same bias is a weight that several samples pass;
5. the partner: what multiplies a signal is a parameter, and the other way round;
6. the side on which parameters stand in the products that are known;
7. what the gradient is asked for is a parameter;
8. the first operand is, as in ``w * x``.

The last two are conventions, for nothing in such a graph tells its parameters from its signals.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from autograd_core.graph import Node, is_weighted_sum, weights_inputs_bias
from autograd_core.roles.sums import Sum

PARAMETER, SIGNAL = True, False

_WEIGHT_WORDS = frozenset({"w", "weight", "weights", "theta", "θ"})
_SIGNAL_WORDS = frozenset({"x", "xs", "input", "inputs", "feature", "features"})
_TARGET_WORDS = frozenset({"t", "y", "ys", "target", "targets"})
_LETTERS = re.compile(r"[^\W\d_]+")


def role_by_label(leaf: Node) -> bool | None:
    """Whether a factor's label is that of a weight, or else of a signal or target; None if it does not say.

    >>> import autograd_core as ag
    >>> [role_by_label(ag.Value(1.0, label)) for label in ("w1", "layers.0.weights.1", "W_xh", "x1", "t", "a", "")]
    [True, True, True, False, False, None, None]
    """
    return _role_of(leaf.label)


@lru_cache(maxsize=4096)
def _role_of(label: str) -> bool | None:
    words = frozenset(map(str.casefold, _LETTERS.findall(label)))
    if words & _WEIGHT_WORDS:
        return PARAMETER
    return SIGNAL if words & (_SIGNAL_WORDS | _TARGET_WORDS) else None


def is_product(node: Node) -> bool:
    """Whether a node ``a * b`` multiplies a leaf by something else."""
    left, right = node.operands
    return left is not right and (_is_leaf(left) or _is_leaf(right))


def weight_indices(
    products: Sequence[Node],
    whole_sums: Sequence[Node],
    sums: Sequence[Sum],
    certain: Collection[Node],
    asked: Collection[Node],
) -> dict[Node, int]:
    """Of each product of a parameter and a signal, which operand is the parameter.

    Args:
        products: those nodes that multiply a leaf by something else.
        whole_sums: the weighted sums of one node each.
        sums: the sums in the graph, if each of the products were a parameter times a signal.
        certain: leaves that are known to be parameters.
        asked: what gradients are asked for.

    Returns:
        The products of one parameter and one signal; other products of leaves are left out.
    """
    roles = _certain_roles(whole_sums, certain)
    factors = dict.fromkeys([operand for node in products for operand in node.operands if _is_leaf(operand)])
    _add(roles, {leaf: role for leaf in factors if (role := role_by_label(leaf)) is not None})
    _add(roles, dict.fromkeys(_parameters_by_use(products, sums), PARAMETER))
    _add(roles, _roles_by_biases(sums))
    between_leaves = [node for node in products if _is_leaf(node.operands[0]) and _is_leaf(node.operands[1])]
    _spread(roles, between_leaves, asked, products)
    return {node: index for node in products if (index := _weight_index(node, roles)) is not None}


def _is_leaf(operand: object) -> bool:
    return type(operand) is not float and not operand.operands  # type: ignore[attr-defined]


def _add(roles: dict[Node, bool], less_certain: Mapping[Node, bool]) -> None:
    for leaf, role in less_certain.items():
        roles.setdefault(leaf, role)


def _certain_roles(whole_sums: Sequence[Node], certain: Collection[Node]) -> dict[Node, bool]:
    roles = dict.fromkeys(certain, PARAMETER)
    for node in whole_sums:
        weights, inputs, bias = weights_inputs_bias(node.operands)
        for operands, role in (((*weights, bias), PARAMETER), (inputs, SIGNAL)):
            _add(roles, dict.fromkeys([each for each in operands if type(each) is not float], role))
    return roles


def _parameters_by_use(products: Iterable[Node], sums: Iterable[Sum]) -> Iterable[Node]:
    for node in products:
        left, right = node.operands
        if _is_leaf(left) != _is_leaf(right) and type(left) is not float and type(right) is not float:
            yield left if _is_leaf(left) else right
    for each in sums:
        yield from each.leaves_added()


def _roles_by_biases(sums: Iterable[Sum]) -> dict[Node, bool]:
    """The roles of leaves that are in several sums: by whether these have the same bias or different ones."""
    bias_of: dict[Node, Node] = {}
    roles: dict[Node, bool] = {}
    for each in sums:
        biases = each.leaves_added()
        factors = [operand for node in each.products if not is_weighted_sum(node) for operand in node.operands]
        for leaf in filter(_is_leaf, factors if biases else ()):
            if leaf in bias_of:
                roles[leaf] = PARAMETER if bias_of[leaf] is biases[0] and roles.get(leaf, PARAMETER) else SIGNAL
            bias_of.setdefault(leaf, biases[0])
    return roles


def _spread(roles: dict[Node, bool], products: Sequence[Node], asked: Collection[Node], known: Sequence[Node]) -> None:
    """Give the leaves of products of two leaves their roles: from partner to partner, and then by convention."""
    partners: dict[Node, list[Node]] = {}
    for node in products:
        left, right = node.operands
        partners.setdefault(left, []).append(right)
        partners.setdefault(right, []).append(left)
    _spread_from([leaf for leaf in partners if leaf in roles], partners, roles)
    sides = Counter([index for node in known if (index := _weight_index(node, roles)) is not None])
    side = int(sides[1] > sides[0])
    starts = [leaf for leaf in partners if leaf in asked] if not sides else []
    for leaf in (*starts, *[node.operands[side] for node in products]):
        if leaf not in roles:
            roles[leaf] = PARAMETER
            _spread_from([leaf], partners, roles)


def _spread_from(starts: Iterable[Node], partners: Mapping[Node, Sequence[Node]], roles: dict[Node, bool]) -> None:
    waiting = deque(starts)
    while waiting:
        leaf = waiting.popleft()
        for partner in partners[leaf]:
            if partner not in roles:
                roles[partner] = not roles[leaf]
                waiting.append(partner)


def _weight_index(product: Node, roles: Mapping[Node, bool]) -> int | None:
    """Which operand of a product is the parameter; None where neither or both may be."""
    left, right = [roles.get(each) if _is_leaf(each) else None for each in product.operands]
    if left is None and right is None:
        if all(map(_is_leaf, product.operands)):
            return None
        return 0 if _is_leaf(product.operands[0]) else 1
    if left == right:
        return None
    if left is PARAMETER or (left is None and right is SIGNAL and type(product.operands[0]) is float):
        return 0
    if right is PARAMETER or (right is None and left is SIGNAL and type(product.operands[1]) is float):
        return 1
    return None
