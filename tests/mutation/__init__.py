"""Is the suite strict enough? ``python -m tests.mutation`` injects single faults and counts those that it finds.

Each fault lives in a forked process of its own, in memory: no file is changed. There are three sorts. *Systematic*
faults are made for every primitive of the table: a sign turned, a factor of 1.0005, another value, operands swapped.
*Chosen* faults put a plausible mistake in place of a formula of the table: the textbook's derivative that fails in the
tails, a wrong tie rule, a guard left out. Faults of *other rooms* do so in the backward pass, in what is drawn and
explained, and in the networks' package. The tests that are run stop at their first failure; a fault that none of them
notices is listed, and the exit status is 1.
"""
