"""A second tally, written from the text of the committee rules alone and as plainly as it can be.

It keeps nothing but what happened, and works out everything anew at every instant from that. It shares no
code with the engine. Only good input, small committees and dates of this century.
"""

from tests.engines.committee.naive.course import NaiveTally

__all__ = ["NaiveTally"]
