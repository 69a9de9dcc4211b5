"""Statistics of a table, per column: one fused select, then bounded passes for what does not fit into it.

    profile_frame(frame) -> Profile                    # on its own
    profile_aggregates(schema) -> {name: expression}   # the first look, to ride in somebody else's select
    finish(values, frame) -> Profile                   # the rest, from what that select answered
    masked(profile, hidden) -> Profile                 # what a masked column may show: counts, never a value

The frame is any lazy frame; columns of the engine's own (`_gavel_…`) are not profiled but used: what
`_gavel_missing_P` and `_gavel_uncastable_P` say about P goes before the nulls of P. `Profile` is plain JSON
`{rows, columns: {name: facts}}`; `docs/concepts/profiles.md` names every fact. Whatever was not read from
every row says so (`*_exact` false, `looked_at` rows). Nothing here reads a clock, a file or the network.
"""

from __future__ import annotations

from governance.validation.profiling.looking import Profile, finish, profile_aggregates, profile_frame
from governance.validation.profiling.showing import masked, shown_texts

__all__ = ["Profile", "finish", "masked", "profile_aggregates", "profile_frame", "shown_texts"]
