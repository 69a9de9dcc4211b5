"""The organisation as pages show it: the chart of departments, one department, one team, one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from governance.models import Department, Membership, Standard, Team, User

MOST_DEPARTMENTS = 400
MOST_PEOPLE = 20  # of one department in the chart; all of them are on its page


@dataclass(slots=True)
class OrgNode:
    """A department in the chart. `closes`: how many levels end after it; pages draw without recursion."""

    department: Department
    own: int = 0
    total: int = 0
    people: list[User] = field(default_factory=list)
    opens: bool = False
    closes: range = range(0)
    found: bool = False
    depth: int = 0

    @property
    def more(self) -> int:
        """People the chart leaves out."""
        return max(0, self.own - len(self.people))


@dataclass(frozen=True, slots=True)
class OrgChart:
    """The tree in the order it is drawn; `left_out` departments are beyond what one page shows."""

    nodes: tuple[OrgNode, ...]
    departments: int
    people: int
    unplaced: int
    left_out: int
    searched: bool


def chart(q: str = "") -> OrgChart:
    """The departments, all or those a search finds with the ones above; the same queries for any size."""
    rows = list(Department.objects.select_related("head").order_by("code"))
    present = User.objects.filter(is_active=True)
    counts = dict(present.order_by().values_list("department").annotate(Count("pk")))
    people = _people(q)
    nodes = {row.pk: OrgNode(row, counts.get(row.pk, 0), people=people.get(row.pk, [])) for row in rows}
    below: dict[int | None, list[OrgNode]] = defaultdict(list)
    for node in nodes.values():
        below[node.department.parent_id].append(node)
    order = _drawn(below)
    _sum_up(order, nodes)
    if q:
        order = _found(order, nodes, q)
    shown = order[:MOST_DEPARTMENTS]
    _levels(shown)
    return OrgChart(
        nodes=tuple(shown),
        departments=len(rows),
        people=sum(counts.values()),
        unplaced=counts.get(None, 0),
        left_out=len(order) - len(shown),
        searched=bool(q),
    )


def _people(q: str) -> dict[int, list[User]]:
    """Some people of each department, the first by name; of a search those it finds."""
    rows = User.objects.filter(is_active=True).exclude(department=None)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(name_zh__icontains=q) | Q(username__icontains=q))
    place = Window(RowNumber(), partition_by="department", order_by=[F("name").asc(), F("pk").asc()])
    found: dict[int, list[User]] = defaultdict(list)
    for user in rows.annotate(place=place).filter(place__lte=MOST_PEOPLE).order_by("name", "pk"):
        if user.department_id is not None:
            found[user.department_id].append(user)
    return found


def _drawn(below: dict[int | None, list[OrgNode]]) -> list[OrgNode]:
    """Depth first, without recursion: a chain of a thousand departments is no fault."""
    order, left = [], list(reversed(below[None]))
    while left:
        node = left.pop()
        order.append(node)
        left.extend(reversed(below[node.department.pk]))
    return order


def _sum_up(order: list[OrgNode], nodes: dict[int, OrgNode]) -> None:
    for node in reversed(order):
        node.total += node.own
        above = nodes.get(node.department.parent_id or 0)
        if above is not None:
            above.total += node.total


def _found(order: list[OrgNode], nodes: dict[int, OrgNode], q: str) -> list[OrgNode]:
    """Those the search finds, by their own words or their people's, and everything above them."""
    kept: set[int] = set()
    for node in order:
        row = node.department
        words = f"{row.code} {row.name} {row.name_zh}".casefold()
        node.found = q.casefold() in words or bool(node.people)
        at: OrgNode | None = node if node.found else None
        while at is not None and at.department.pk not in kept:
            kept.add(at.department.pk)
            at = nodes.get(at.department.parent_id or 0)
    return [node for node in order if node.department.pk in kept]


def _levels(order: list[OrgNode]) -> None:
    """Where lists open and close between one department and the next."""
    depth: dict[int, int] = {}
    for node in order:
        above = node.department.parent_id
        depth[node.department.pk] = depth.get(above, -1) + 1 if above else 0
    for node, after in zip(order, [*order, None][1:], strict=True):
        here = depth[node.department.pk]
        below = depth[after.department.pk] if after else 0
        node.depth = here
        node.opens = after is not None and below > here
        node.closes = range(0 if node.opens else here - below)


def teams_listed(q: str = "") -> QuerySet[Team]:
    """Teams with how many people belong to them today."""
    today = Membership.objects.current().filter(user__is_active=True)
    rows = Team.objects.annotate(members=Count("memberships", filter=Q(memberships__in=today), distinct=True))
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(name_zh__icontains=q) | Q(code__icontains=q))
    return rows


def department_by_uid(uid: str) -> Department | None:
    return Department.objects.select_related("parent", "head").filter(uid=uid).first()


def departments_below(department: Department) -> QuerySet[Department]:
    """The departments right below, with how many people each has of its own."""
    people = Count("people", filter=Q(people__is_active=True))
    return department.children.select_related("head").annotate(own=people)


def departments_above(department: Department) -> list[Department]:
    """From the top down to the one right above."""
    rows = {row.pk: row for row in Department.objects.all()}
    found: list[Department] = []
    at = department.parent_id
    while at is not None and at in rows and rows[at] not in found:
        found.append(rows[at])
        at = rows[at].parent_id
    return found[::-1]


def people_of(department: Department) -> QuerySet[User]:
    return User.objects.filter(department=department, is_active=True)


def team_by_uid(uid: str) -> Team | None:
    return Team.objects.filter(uid=uid).first()


def user_by_uid(uid: str) -> User | None:
    return User.objects.select_related("department").filter(uid=uid).first()


def memberships_of(*, team: Team | None = None, user: User | None = None) -> QuerySet[Membership]:
    """All periods of a team or a person, those of today and former ones."""
    rows = Membership.objects.select_related("team", "user__department")
    if team is not None:
        rows = rows.filter(team=team)
    return rows.filter(user=user) if user is not None else rows


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person answers for in governance: standards they own, departments they head."""

    standards: tuple[Standard, ...]
    heads: tuple[Department, ...]
    teams: tuple[Team, ...]
    tokens: int

    @property
    def any(self) -> bool:
        return bool(self.standards or self.heads or self.teams or self.tokens)


def answers_for(user: User) -> Answers:
    held = Membership.objects.filter(user=user).current()
    return Answers(
        standards=tuple(Standard.objects.filter(owner=user).order_by("name")[:50]),
        heads=tuple(Department.objects.filter(head=user)),
        teams=tuple(Team.objects.filter(pk__in=held.values("team"))),
        tokens=user.api_tokens.live().count(),
    )


def last_in_function(user: User, functions: Iterable[str]) -> list[str]:
    """Functions that nobody else has: with this person they are gone from the company."""
    rows = Membership.objects.current().filter(user__is_active=True, team__function__in=set(functions))
    others = set(rows.exclude(user=user).values_list("team__function", flat=True))
    return sorted(set(functions) - others)
