"""The people every test speaks of, so that a name says what it may do.

alice steward · bob member · carol chair · dave ML engineer · erin owner · mallory stranger. All are active
and
signed in where a test needs it; teams give functions, ownership on a dataset is given by the test.
"""

from __future__ import annotations

from dataclasses import dataclass

from governance.models import Team, User
from governance.services import people as services


@dataclass(frozen=True)
class People:
    """alice: operations; bob and carol: governance; dave: engineering; erin: product; mallory: no team."""

    alice: User
    bob: User
    carol: User
    dave: User
    erin: User
    mallory: User
    teams: dict[str, Team]


def make_people() -> People:
    """Write the teams and people into the test's database."""
    teams = {
        function: services.team_create(actor=None, code=function, name=function.title(), function=function)
        for function in ("governance", "engineering", "product", "operations")
    }
    members = {
        "alice": ("Alice Ahn", "安爱丽", "operations"),
        "bob": ("Bob Bai", "白博", "governance"),
        "carol": ("Carol Chen", "陈可乐", "governance"),
        "dave": ("Dave Deng", "邓大伟", "engineering"),
        "erin": ("Erin Fang", "方艾琳", "product"),
        "mallory": ("Mallory Ma", "马乐", ""),
    }
    made = {}
    for username, (name, name_zh, function) in members.items():
        user = services.user_create(
            actor=None, username=username, name=name, name_zh=name_zh, password="correct horse battery"
        )
        if function:
            services.membership_start(actor=None, team=teams[function], user=user)
        made[username] = user
    return People(**made, teams=teams)
