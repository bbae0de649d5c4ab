"""Samples: pairs of inputs and target, seeded batches of them, and a seeded split."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, TypeVar

Sample = TypeVar("Sample")


def samples_of(name: str, given: object) -> list[tuple[Any, Any]]:
    """The samples in ``given``, each a pair of inputs and target.

    Raises:
        TypeError: it holds something else; for separate inputs and targets, the message says how to pair them.

    >>> samples_of("data", ([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    TypeError: data is a list of samples, pairs (inputs, target), got list of 3 as its member 0: write ...
    """
    what = f"{name} is a list of samples, pairs (inputs, target)"
    if isinstance(given, (Mapping, Set, str)) or not isinstance(given, Iterable):
        raise TypeError(f"{what}, got {type(given).__name__}")
    members = list(given)
    advice = ": write list(zip(X, y)) for inputs X and targets y" if len(members) == 2 else ""
    for place, member in enumerate(members):
        if not _is_pair(member):
            length = f" of {len(member)}" if hasattr(member, "__len__") else ""
            raise TypeError(f"{what}, got {type(member).__name__}{length} as its member {place}{advice}")
    if len(members) == 2 and _are_several(members[0][0]) != _are_several(members[1][0]):
        raise TypeError(f"{what}, got one with several inputs and one with a number{advice}")
    if len(members) == 2 and all(_are_rows(member) for member in members):
        raise TypeError(f"{what}, and two arrays of two rows may be two samples or inputs and targets apart{advice}")
    return members


def _is_pair(sample: object) -> bool:
    return not isinstance(sample, (Mapping, Set, str)) and hasattr(sample, "__len__") and len(sample) == 2


def _are_rows(member: Iterable[object]) -> bool:
    """Whether a member is an array or a list of two rows; a sample is usually a tuple."""
    return not isinstance(member, tuple) and all(map(_are_several, member))


def _are_several(inputs: object) -> bool:
    return isinstance(inputs, Iterable) and getattr(inputs, "ndim", None) != 0


def batches(samples: Sequence[Sample], batch_size: int | None, generator: random.Random) -> Iterator[list[Sample]]:
    """One epoch: every sample once, in batches; the last one may be smaller.

    Args:
        samples: what to train on.
        batch_size: how many samples a batch has; None, or a number at least as large as theirs, takes all of them at
            once, in the given order.
        generator: shuffles the samples where there is more than one batch.

    >>> list(batches("abcde", 2, random.Random(0)))
    [['c', 'b'], ['a', 'e'], ['d']]
    """
    size = len(samples) if batch_size is None else batch_size
    order = list(range(len(samples)))
    if size < len(samples):
        generator.shuffle(order)
    for start in range(0, len(order), size):
        yield [samples[index] for index in order[start : start + size]]


def split(
    samples: Sequence[Sample],
    test_fraction: float,
    seed: int | None = None,
    groups: Sequence[Hashable] | None = None,
) -> tuple[list[Sample], list[Sample]]:
    """Hold out a random part of the samples for testing.

    Args:
        samples: all of them.
        test_fraction: the share held out, from 0 to 1, rounded to whole samples.
        seed: the same seed gives the same split; None gives a different one each time.
        groups: a class for each sample: each class is split separately, so that both parts have their share of it.

    Returns:
        The samples to train on and those to test with, both in their original order.

    Raises:
        ValueError: the fraction is outside 0 … 1, or there are not as many groups as samples.

    >>> split("abcdef", 0.5, seed=0, groups=[1, 1, 1, 1, 2, 2])
    (['a', 'c', 'f'], ['b', 'd', 'e'])
    """
    if not 0.0 <= test_fraction <= 1.0:
        raise ValueError(f"test_fraction is from 0 to 1, got {test_fraction!r}")
    if groups is not None and len(groups) != len(samples):
        raise ValueError(f"split() needs a group for each of the {len(samples)} samples, got {len(groups)}")
    members: dict[Hashable, list[int]] = {}
    for index in range(len(samples)):
        members.setdefault(None if groups is None else groups[index], []).append(index)
    generator = random.Random(seed)
    held_out: set[int] = set()
    for indices in members.values():
        held_out.update(generator.sample(indices, round(test_fraction * len(indices))))
    return (
        [sample for index, sample in enumerate(samples) if index not in held_out],
        [samples[index] for index in sorted(held_out)],
    )
