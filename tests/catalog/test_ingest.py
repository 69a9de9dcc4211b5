"""Uploads become versions, or a clear refusal with a stable code; nothing half-written stays."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from django.conf import settings

from catalog import actions, exceptions, tasks
from catalog.models import DatasetVersion, IngestRun
from catalog.paths import uploads_root, version_path
from catalog.services import version_verify
from governance.choices import JobState
from governance.models import LedgerEntry
from tests.catalog.conftest import GOOD, Shop
from tests.engines.parquet_lies import lying, parquet, put


def remains() -> list[Path]:
    root = uploads_root()
    return list(root.iterdir()) if root.is_dir() else []


def failed(shop: Shop, raw: str | bytes, name: str = "orders.csv") -> str:
    run = shop.upload(raw, name)
    tasks.ingest_run(run.uid)
    run.refresh_from_db()
    assert run.state == JobState.FAILED
    assert run.version is None
    assert not DatasetVersion.objects.exists()
    assert remains() == []
    assert exceptions.words_of(run.reason) != run.reason
    return run.reason


def test_an_upload_becomes_a_version_with_digest_columns_and_ledger_row(shop: Shop) -> None:
    version = shop.version()
    assert (version.number, version.rows, version.label) == (1, 3, "")
    assert [c.name for c in version.columns.all()] == ["order_id", "city", "email", "amount"]
    assert {c.name: c.level for c in version.columns.all()}["email"] == 4
    assert version.digest.startswith("sha256:")
    assert version_path(version).is_dir()
    version_verify(version)
    assert LedgerEntry.objects.filter(type="dataset_version.created", subject_id=version.uid).count() == 1
    assert remains() == []


def test_the_job_is_sent_when_the_upload_is_durable(
    shop: Shop, sent: list[tuple[str, str]], django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        run = shop.upload(GOOD)
    assert ("catalog.tasks.ingest_run", run.uid) in sent


def test_gzip_and_bom_are_read(shop: Shop) -> None:
    assert shop.version(gzip.compress(GOOD.encode()), "orders.csv.gz").rows == 3
    assert shop.version(b"\xef\xbb\xbf" + GOOD.encode()).columns.first().name == "order_id"  # type: ignore[union-attr]


def test_parquet_is_read(shop: Shop, tmp_path: Path) -> None:
    import polars as pl

    path = tmp_path / "orders.parquet"
    pl.DataFrame({"order_id": ["1"], "city": ["Oslo"], "email": ["a@x.no"], "amount": [5]}).write_parquet(
        path
    )
    assert shop.version(path.read_bytes(), "orders.parquet").columns.get(name="amount").type == "Int64"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("order_id;city;email;amount\n1;Oslo;a@x.no;5\n", "ingest:wrong_delimiter"),
        ("order_id,city,email,amount\n", "ingest:header_only"),
        ("order_id,city,email,amount\n1,Oslo\n", "ingest:ragged_rows"),
        ("order_id,order_id\n1,2\n", "ingest:duplicate_columns"),
        (b"order_id,city\n1,\xff\xfe\n", "ingest:bad_encoding"),
        ("\n\n", "ingest:empty_file"),
    ],
)
def test_a_faulty_file_fails_with_its_code_and_leaves_nothing(
    shop: Shop, raw: str | bytes, code: str
) -> None:
    assert failed(shop, raw) == code


def test_broken_parquet_is_unreadable(shop: Shop) -> None:
    with pytest.raises(exceptions.UploadUnreadable):
        shop.upload(b"not parquet at all", "orders.parquet")
    assert failed(shop, b"PAR1" + b"\0" * 100 + b"PAR1", "orders.parquet") == "ingest:data_unreadable"


def test_parquet_that_lies_about_itself_is_refused_with_a_place(shop: Shop) -> None:
    import polars as pl

    frame = pl.DataFrame({"order_id": [f"text {number}" for number in range(500)]})
    honest = parquet(frame, compression="uncompressed", statistics=False)
    hidden = lying(honest, put(400, 4, 0, 3))
    assert failed(shop, hidden, "orders.parquet") == "ingest:data_unreadable"
    run = IngestRun.objects.get()
    assert (run.reason_detail["reason"], run.reason_detail["column"]) == ("value_counts_differ", "order_id")
    assert run.reason_detail["message_en"] != run.reason_detail["message_zh"]
    spoilt = honest.replace(b"text 7", b"te\xff\xfe 7", 1)
    assert failed(shop, spoilt, "orders.parquet") == "ingest:data_unreadable"


def test_broken_gzip_is_unreadable(shop: Shop) -> None:
    raw = gzip.compress(GOOD.encode() * 50)
    assert failed(shop, raw[: len(raw) // 2], "orders.csv.gz") == "ingest:data_unreadable"


def test_an_empty_file_is_refused_at_once(shop: Shop) -> None:
    with pytest.raises(exceptions.UploadEmpty):
        shop.upload(b"")
    assert remains() == []


def test_an_unknown_kind_of_file_is_refused(shop: Shop) -> None:
    with pytest.raises(exceptions.UploadKindUnknown):
        shop.upload(GOOD, "orders.xlsx")


class Endless(io.RawIOBase):
    """A sender that never stops; it counts what was taken."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"x" * size


def test_ten_gigabytes_to_a_one_gigabyte_limit_are_refused_early(shop: Shop) -> None:
    stream = Endless()
    with pytest.raises(exceptions.UploadTooLarge):
        actions.version_upload(
            actor=shop.people.alice,
            dataset=shop.dataset,
            stream=stream,
            filename="a.csv",
            announced=10 * 10**9,
        )
    assert stream.taken == 0


def test_a_sender_that_announces_nothing_is_stopped_at_the_limit(shop: Shop, settings: object) -> None:
    settings.GAVEL_UPLOAD_LIMIT = 3 * 2**20  # type: ignore[attr-defined]
    stream = Endless()
    with pytest.raises(exceptions.UploadTooLarge):
        actions.version_upload(actor=shop.people.alice, dataset=shop.dataset, stream=stream, filename="a.csv")
    assert stream.taken <= 5 * 2**20
    assert remains() == []
    refusal = LedgerEntry.objects.get(type="version.upload", accepted=False)
    assert refusal.code == "upload:too-large"


def test_an_upload_that_breaks_off_is_refused(shop: Shop) -> None:
    with pytest.raises(exceptions.UploadBroken):
        actions.version_upload(
            actor=shop.people.alice,
            dataset=shop.dataset,
            stream=io.BytesIO(b"order_id\n1\n"),
            filename="a.csv",
            announced=500,
        )
    assert remains() == []


def test_a_senders_path_is_only_a_name(shop: Shop) -> None:
    run = shop.upload(GOOD, "../../../etc/orders.csv")
    assert run.filename == "orders.csv"
    assert (uploads_root() / run.upload).is_file()
    assert Path(settings.MEDIA_ROOT) in (uploads_root() / run.upload).parents


def test_strangers_and_engineers_may_not_upload(shop: Shop) -> None:
    for person in (shop.people.mallory, shop.people.dave):
        with pytest.raises(exceptions.NotPermitted):
            shop.upload(GOOD, actor=person)
    assert IngestRun.objects.count() == 0
    assert (
        LedgerEntry.objects.filter(type="version.upload", accepted=False, code="not_permitted").count() == 2
    )


def test_a_second_message_for_a_finished_job_does_nothing(shop: Shop) -> None:
    run = shop.upload(GOOD)
    tasks.ingest_run(run.uid)
    tasks.ingest_run(run.uid)
    assert DatasetVersion.objects.count() == 1


def test_an_archived_dataset_takes_no_upload(shop: Shop) -> None:
    actions.dataset_archive(actor=shop.people.erin, dataset=shop.dataset)
    shop.dataset.refresh_from_db()
    with pytest.raises(exceptions.DatasetArchived):
        shop.upload(GOOD)
