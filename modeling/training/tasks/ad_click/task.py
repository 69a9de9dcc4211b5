"""Click or not, from the columns that describe an exposure. The second class in order of name is the click.

Clicks are rare: the first metric is AUC, with log loss and calibration beside it, as bids need chances that
are true; accuracy says nothing where one class holds 99 % of the rows.
"""

from __future__ import annotations

from modeling.training.tasks.classes import ClassTask


class AdClick(ClassTask):
    """As for attributes of users, each value has the name of its column before it."""

    named_columns = True


TASK = AdClick()
