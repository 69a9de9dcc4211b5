"""Reply matching: every message against every different reply of all parts. A reply that was sent to several
messages is no negative for any of them; MRR says how far an agent must look."""

from __future__ import annotations

from modeling.training.tasks.retrieval.task import Retrieval


class ReplyMatching(Retrieval):
    """A retrieval whose catalogue is the replies."""


TASK = ReplyMatching()
