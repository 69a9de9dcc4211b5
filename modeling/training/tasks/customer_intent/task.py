"""The intent of a customer's message, with refusal of what is none of ours.

Rows labelled as one of ``OUTSIDE``, or with a class that training never saw, belong nowhere. They teach
nothing; the validation part chooses how sure a model must be to answer, and the test part counts a refusal of
them as right.
"""

from __future__ import annotations

from typing import Final

from modeling.training.tasks.classes import ClassTask

OUTSIDE: Final = frozenset({"oos", "out_of_scope", "none", "other"})


class CustomerIntent(ClassTask):
    """The words a data set may use for "none of ours" are the same in all."""

    outside = OUTSIDE


TASK = CustomerIntent()
