"""`manage.py demo`: the whole loop, on real data where a folder is given, else on the generated sample."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo import datasets, loading, loops, plans
from demo.driving import DemoStopped
from demo.report import Report, as_text
from demo.sample.generate import generate
from demo.sample.tables import SampleManifest
from governance import actions as law
from governance import ledger
from governance.choices import TeamFunction, UserKind
from governance.models import User
from governance.selectors import members_by_function
from governance.validation.errors import EngineError

REAL_STANDARDS = ("completejourney", "product_pairs", "service_intents")


class Command(BaseCommand):
    help = "Load the demo company and take data through catalogue, standard, committee, permit and training."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--data", type=Path, help="folder with completejourney, product_matching, banking77"
        )
        parser.add_argument(
            "--company-only", action="store_true", help="people, committee and standards only"
        )
        parser.add_argument("--json", type=Path, help="write every figure to this file")
        parser.add_argument("--seeds", default="0", help="training seeds, separated by commas")
        parser.add_argument("--seed", type=int, default=7, help="seed of the generated sample")
        parser.add_argument("--scale", type=float, default=1.0, help="size of the generated sample, 0.2 to 3")
        parser.add_argument("--password", help="password of the demo people; without it they cannot sign in")
        parser.add_argument(
            "--as", dest="actor", help="user name of the governance member who loads the company"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        begin = time.monotonic()
        cast = loading.load_company(actor=self._actor(options["actor"]), password=options["password"])
        self.say("the company is in place: people, teams, committee")
        if options["company_only"]:
            return
        report = Report()
        try:
            if options["data"]:
                self._real(cast, options, report)
            else:
                self._sample(cast, options, report)
        except (DemoStopped, EngineError) as error:
            raise CommandError(str(error)) from error
        report.seconds = round(time.monotonic() - begin, 1)
        verdict = ledger.verify()
        report.ledger = f"ledger: {verdict.entries} entries, {'holds' if verdict.ok else verdict.faults[0]}"
        self.stdout.write("\n" + as_text(report))
        if options["json"]:
            options["json"].write_text(report.as_json(), encoding="utf-8")
        if not verdict.ok:
            raise CommandError("the ledger does not hold")

    def _actor(self, username: str | None) -> User:
        """The named governance member, else the first one; an empty installation gets its first person."""
        people = User.objects.filter(kind=UserKind.PERSON)
        if not people.exists():
            return law.first_person_create(actor=None, username="admin", name="Administrator", password=None)
        found = members_by_function(TeamFunction.GOVERNANCE).order_by("pk")
        if username:
            found = found.filter(username=username)
        actor = found.first()
        if actor is None:
            raise CommandError("no such person in a governance team")
        return actor

    def _real(self, cast: loading.Cast, options: dict[str, Any], report: Report) -> None:
        folder: Path = options["data"].resolve()
        wanted = [spec for spec in datasets.SOURCES if spec.folder]
        missing = [spec.folder for spec in wanted if not (folder / spec.folder).is_dir()]
        if missing:
            raise CommandError(f"{folder} has no {', '.join(missing)}")
        stage = self._stage(
            cast, report, folder, REAL_STANDARDS, (*datasets.REAL, *datasets.SPLIT_PAIRS.values())
        )
        loops.raw_then_clean(stage, datasets.RETAIL)
        loops.split_pairs(stage)
        loops.refuse_published(stage, plans.PRODUCT_PAIRS)
        loops.raw_then_clean(stage, datasets.INTENTS)
        seeds = _seeds(options["seeds"])
        pairs = {part: spec.name for part, spec in datasets.SPLIT_PAIRS.items()}
        loops.train(stage, plans.PRODUCT_PAIRS, pairs, seeds)
        intents = {"train": "service-intents-train", "test": "service-intents-test"}
        loops.train(stage, plans.SERVICE_INTENTS, intents, seeds)

    def _sample(self, cast: loading.Cast, options: dict[str, Any], report: Report) -> None:
        with tempfile.TemporaryDirectory(prefix="gavel-sample-") as made:
            folder = Path(made)
            manifest = generate(folder, seed=options["seed"], scale=options["scale"])
            planted = sum(defect.count for defect in manifest.defects)
            self.say(f"generated {sum(manifest.rows.values())} rows with {planted} planted defects")
            specs = tuple(_with_planted(spec, manifest) for spec in datasets.SAMPLE)
            stage = self._stage(cast, report, folder, ("sample_company",), specs)
            loops.raw_then_clean(stage, specs)
        labels = {"train": "sample-relevance-labels-train", "test": "sample-relevance-labels-test"}
        loops.train(stage, plans.SAMPLE_RELEVANCE, labels, _seeds(options["seeds"]))

    def _stage(
        self,
        cast: loading.Cast,
        report: Report,
        folder: Path,
        standards: tuple[str, ...],
        specs: tuple[datasets.DatasetSpec, ...],
    ) -> loops.Stage:
        """Standards adopted by the committee, sources and datasets registered with their people."""
        for name, resolution in loading.adopt_standards(cast, standards).items():
            self.say(f"standard {name} is in force: {resolution}")
            report.decisions.append(f"{resolution}  adopted  {name}")
        sources = loading.register_sources(cast, {spec.source for spec in specs})
        known = loading.register_datasets(cast, specs, sources)
        loading.share_references(cast, specs, known)
        return loops.Stage(cast=cast, known=known, folder=folder, report=report, say=self.say)

    def say(self, text: str) -> None:
        self.stdout.write(f"demo: {text}")
        self.stdout.flush()


def _with_planted(spec: datasets.DatasetSpec, manifest: SampleManifest) -> datasets.DatasetSpec:
    """The dataset with the planted counts as the figures known before."""
    table = Path(spec.file).stem
    return replace(spec, known={defect.rule: defect.count for defect in manifest.of(table)})


def _seeds(text: str) -> list[int]:
    try:
        return [int(word) for word in text.split(",")]
    except ValueError as error:
        raise CommandError("--seeds wants whole numbers separated by commas") from error
