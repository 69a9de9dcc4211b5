"""A run's event file, read back by a parser that shares nothing with the writer."""

from __future__ import annotations

import binascii
import math
import struct
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from catalog.models import Dataset
from modeling.models import TrackedGap
from modeling.services import runs
from modeling.supervision.lines import Point
from modeling.tensorboard import LARGEST_SINGLE, Scalar, crc32c, event_file
from tests.modeling.conftest import Company


def bitwise_crc32c(data: bytes) -> int:
    """The definition, bit by bit, without a table."""
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder ^= byte
        for _bit in range(8):
            remainder = (remainder >> 1) ^ (0x82F63B78 * (remainder & 1))
    return remainder ^ 0xFFFFFFFF


def test_the_checksum_is_castagnolis() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # RFC 3720, B.4
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"123456789") != binascii.crc32(b"123456789")


def number_at(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value, shift, place = value | (byte & 127) << shift, shift + 7, place + 1
        if byte < 128:
            return value, place


def fields(data: bytes) -> dict[int, Any]:
    """A protobuf message by field number: varints, 8 bytes, 4 bytes, and texts left as bytes."""
    found, place = dict[int, Any](), 0
    while place < len(data):
        key, place = number_at(data, place)
        match key & 7:
            case 0:
                found[key >> 3], place = number_at(data, place)
            case 1:
                found[key >> 3], place = struct.unpack_from("<d", data, place)[0], place + 8
            case 5:
                found[key >> 3], place = struct.unpack_from("<f", data, place)[0], place + 4
            case 2:
                length, place = number_at(data, place)
                found[key >> 3], place = data[place : place + length], place + length
    return found


def unmasked(word: int) -> int:
    turned = (word - 0xA282EAD8) % 2**32
    return (turned << 15 | turned >> 17) % 2**32


def read(data: bytes) -> list[dict[int, Any]]:
    """Every event of a file; each checksum is compared."""
    events, place = [], 0
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        assert unmasked(struct.unpack_from("<I", data, place + 8)[0]) == bitwise_crc32c(
            data[place : place + 8]
        )
        message = data[place + 12 : place + 12 + length]
        assert unmasked(struct.unpack_from("<I", data, place + 12 + length)[0]) == bitwise_crc32c(message)
        events.append(fields(message))
        place += length + 16
    return events


def scalar(event: dict[int, Any]) -> tuple[str, int, float]:
    value = fields(fields(event[5])[1])
    return value[1].decode(), event.get(2, 0), value[2]


def test_every_value_comes_back() -> None:
    given = [Scalar("train/损失", 2**31 - 1, 0.5, 1_700_000_000.25), Scalar("a", 0, 1e300, 1.0)]
    given.append(Scalar("a", 1, math.nan, 2.0))
    head, *events = read(b"".join(event_file(1_700_000_000.0, given)))
    assert (head[1], head[3]) == (1_700_000_000.0, b"brain.Event:2")
    assert scalar(events[0]) == ("train/损失", 2**31 - 1, 0.5)
    assert events[0][1] == 1_700_000_000.25
    assert scalar(events[1])[2] == LARGEST_SINGLE
    assert math.isnan(scalar(events[2])[2])


@pytest.fixture
def run(company: Company) -> Any:
    found = company.ask(wait=True)
    now = timezone.now()
    runs.points_record(run=found, points=[Point("loss", step, 1 / step, 0.0, now) for step in (1, 2, 4)])
    TrackedGap.objects.create(run=found, metric="loss", step=5, kind="up", at=now)
    return found


def check(data: bytes) -> None:
    events = [scalar(event) for event in read(data)[1:]]
    assert events == [("loss", 1, 1.0), ("loss", 2, 0.5), ("loss", 4, 0.25), ("loss", 5, LARGEST_SINGLE)]


def test_the_command_writes_a_folder_tensorboard_opens(company: Company, run: Any, tmp_path: Path) -> None:
    call_command("run", "--as", "dave", "tensorboard", run.uid, "--out", str(tmp_path / "board"))
    (file,) = (tmp_path / "board" / run.uid).iterdir()
    assert file.name.startswith("events.out.tfevents.")
    check(file.read_bytes())
    blocked = tmp_path / "file"
    blocked.write_text("")
    for actor, uid, out in (
        ("dave", "nobody", tmp_path),
        ("ghost", run.uid, tmp_path),
        ("dave", run.uid, blocked),
    ):
        with pytest.raises(CommandError):
            call_command("run", "--as", actor, "tensorboard", uid, "--out", str(out))


def test_console_and_api_give_the_same_file(company: Company, run: Any, client: Client) -> None:
    client.force_login(company.people.dave)
    for address in (f"/runs/{run.uid}/tensorboard", f"/api/v1/training-runs/{run.uid}/tensorboard"):
        answer = client.get(address)
        assert "events.out.tfevents." in answer.headers["Content-Disposition"]
        check(b"".join(answer.streaming_content))  # type: ignore[arg-type]
    Dataset.objects.update(level=5)
    client.force_login(company.people.mallory)
    assert client.get(f"/runs/{run.uid}/tensorboard").status_code == 404
    assert client.get(f"/api/v1/training-runs/{run.uid}/tensorboard").status_code == 404
