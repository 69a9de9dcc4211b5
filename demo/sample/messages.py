"""Service messages in English and Chinese, each with one intent; training and test part share no text."""

from pathlib import Path

import numpy as np

from demo.sample.tables import Row, Table
from demo.sample.vocabulary import PRODUCT_TYPES

MESSAGE_COLUMNS = ("message_id", "user_id", "text_en", "text_zh", "channel", "intent", "received_at")
CHANNELS = ("app", "web", "phone", "chat")
TEST_SHARE = 0.25

# One sentence a line, "intent | English | Chinese"; {thing} is a product, {days} and {order} are numbers.
_SENTENCES = Path(__file__).with_name("sentences.txt")


def _sentences() -> list[tuple[str, str, str]]:
    found = []
    for line in _SENTENCES.read_text(encoding="utf-8").splitlines():
        intent, english, chinese = line.split(" | ")
        found.append((intent, english, chinese))
    return found


SENTENCES = _sentences()
INTENTS = tuple(dict.fromkeys(intent for intent, _, _ in SENTENCES))


def make_messages(rng: np.random.Generator, users: int, count: int) -> tuple[Table, Table]:
    """Training and test messages; order numbers differ, so no two texts are equal."""
    rows: list[Row] = []
    for number in range(1, count + 1):
        intent, english, chinese = SENTENCES[int(rng.integers(len(SENTENCES)))]
        kind = PRODUCT_TYPES[int(rng.integers(len(PRODUCT_TYPES)))]
        name = kind.names_en[int(rng.integers(len(kind.names_en)))]
        slots = {"order": f"HL{20_000 + number}", "days": str(int(rng.integers(2, 15)))}
        day, hour = int(rng.integers(1, 31)), int(rng.integers(8, 22))
        rows.append(
            {
                "message_id": f"M{number:05d}",
                "user_id": f"U{int(rng.integers(users)) + 1:05d}",
                "text_en": english.format(thing=name, **slots),
                "text_zh": chinese.format(thing=kind.name_zh, **slots),
                "channel": CHANNELS[int(rng.integers(len(CHANNELS)))],
                "intent": intent,
                "received_at": f"2026-04-{day:02d} {hour:02d}:{int(rng.integers(60)):02d}:00",
            }
        )
    first_test = round(count * (1 - TEST_SHARE))
    train = Table("service_messages_train", MESSAGE_COLUMNS, rows[:first_test])
    return train, Table("service_messages_test", MESSAGE_COLUMNS, rows[first_test:])
