"""Settings from the environment are read strictly: what makes no sense stops the start and is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import env
from config.env import BadEnvironment

NAME = "GAVEL_TEST_VALUE"


@pytest.mark.parametrize(("word", "value"), [("1", True), ("On", True), ("no", False), ("FALSE", False)])
def test_boolean_words(monkeypatch: pytest.MonkeyPatch, word: str, value: bool) -> None:
    monkeypatch.setenv(NAME, word)
    assert env.boolean(NAME, not value) is value


@pytest.mark.parametrize("word", ["", "  "])
def test_an_empty_value_is_unset(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(NAME, word)
    assert env.boolean(NAME, True) is True
    assert env.integer(NAME, 7) == 7
    assert env.words(NAME, ("a",)) == ["a"]
    assert env.postgres(NAME) is None


@pytest.mark.parametrize(
    ("read", "word"),
    [
        (lambda: env.boolean(NAME, False), "maybe"),
        (lambda: env.integer(NAME, 1), "many"),
        (lambda: env.integer(NAME, 1, minimum=2), "1"),
        (lambda: env.integer(NAME, 1, maximum=9), "10"),
        (lambda: env.url(NAME, ""), "no-scheme"),
        (lambda: env.postgres(NAME), "mysql://host/name"),
        (lambda: env.postgres(NAME), "postgresql://host:port/name"),
        (lambda: env.postgres(NAME), "postgresql://host/"),
        (lambda: env.mail(NAME), "ftp://host"),
        (lambda: env.mail(NAME), "smtp://host:port"),
        (lambda: env.mail(NAME), "smtp://"),
    ],
)
def test_nonsense_is_refused_and_named_but_not_repeated(
    monkeypatch: pytest.MonkeyPatch, read: object, word: str
) -> None:
    monkeypatch.setenv(NAME, word)
    with pytest.raises(BadEnvironment, match=NAME) as refusal:
        read()
    assert word not in str(refusal.value) or word == "1"


def test_words_and_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(NAME, " a, b ,,c")
    assert env.words(NAME) == ["a", "b", "c"]
    monkeypatch.setenv(NAME, str(tmp_path / "x" / ".."))
    assert env.path(NAME, Path("/")) == tmp_path


def test_a_postgres_url_with_escapes_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "postgresql://me:p%40ss@db.example:5433/gavel?sslmode=require")
    found = env.postgres(NAME)
    assert found is not None
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == (
        "me",
        "p@ss",
        "db.example",
        "5433",
    )
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_a_postgres_url_with_a_unix_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "postgresql:///gavel?host=/run/pg&user=me")
    found = env.postgres(NAME)
    assert found is not None
    assert (found["NAME"], found["HOST"], found["USER"], found["OPTIONS"]) == ("gavel", "/run/pg", "me", {})


@pytest.mark.parametrize(
    ("word", "port", "ssl", "tls"),
    [
        ("smtp://me:p%40ss@mail.example", 587, False, True),
        ("smtp://me:p%40ss@mail.example:25?tls=off", 25, False, False),
        ("smtps://me:p%40ss@mail.example", 465, True, False),
    ],
)
def test_a_mail_url(monkeypatch: pytest.MonkeyPatch, word: str, port: int, ssl: bool, tls: bool) -> None:
    monkeypatch.setenv(NAME, word)
    found = env.mail(NAME)
    assert (found["EMAIL_HOST"], found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == (
        "mail.example", "me", "p@ss",
    )  # fmt: skip
    assert (found["EMAIL_PORT"], found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (port, ssl, tls)


def test_without_a_mail_url_mails_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert str(env.mail(NAME)["EMAIL_BACKEND"]).endswith("console.EmailBackend")
