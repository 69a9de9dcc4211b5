"""The topic of a text: one of several classes, over all rows, drawn by group."""

from __future__ import annotations

from modeling.training.tasks.classes import ClassTask


class Topic(ClassTask):
    """The text is the values of its columns, one after the other."""


TASK = Topic()
