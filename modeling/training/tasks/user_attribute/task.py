"""An attribute of a user from the columns that describe their behaviour."""

from __future__ import annotations

from modeling.training.tasks.classes import ClassTask


class UserAttribute(ClassTask):
    """Numbers mean nothing without the name of their column, so it is written before each."""

    named_columns = True


TASK = UserAttribute()
