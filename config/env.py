"""Typed readers of environment variables. A value that cannot be read stops the start and is named.

Not in charge of: defaults that depend on one another (config/settings.py) and keys (config/keys.py).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE: Final = frozenset({"1", "true", "on", "yes"})
FALSE: Final = frozenset({"0", "false", "off", "no"})
POSTGRES_SCHEMES: Final = frozenset({"postgres", "postgresql"})
MAIL_SCHEMES: Final = frozenset({"smtp", "smtps"})
WEB_SCHEMES: Final = frozenset({"http", "https"})


class BadEnvironment(Exception):
    """A variable is missing or unreadable. The message says which and what was expected, never its value."""


def text(name: str, default: str) -> str:
    """The variable, or `default` where it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    """1/true/on/yes or 0/false/off/no in any case; anything else raises `BadEnvironment`."""
    word = text(name, "").lower()
    if not word:
        return default
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise BadEnvironment(f"{name}: expected one of {', '.join(sorted(TRUE | FALSE))}")


def integer(name: str, default: int, *, minimum: int = 0, maximum: int | None = None) -> int:
    """A whole number within [minimum, maximum]; anything else raises `BadEnvironment`."""
    word = text(name, "")
    if not word:
        return default
    try:
        number = int(word)
    except ValueError:
        raise BadEnvironment(f"{name}: expected a whole number") from None
    if number < minimum or (maximum is not None and number > maximum):
        bound = f"at least {minimum}" + ("" if maximum is None else f" and at most {maximum}")
        raise BadEnvironment(f"{name}: expected a number of {bound}")
    return number


def path(name: str, default: Path) -> Path:
    """A file or folder name, made absolute; `~` is the home folder."""
    word = text(name, "")
    return (Path(word) if word else default).expanduser().resolve()


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas; empty parts are dropped."""
    word = text(name, "")
    return [part.strip() for part in word.split(",") if part.strip()] if word else list(default)


def url(name: str, default: str, *, schemes: frozenset[str] | None = None) -> str:
    """A URL with a scheme (one of `schemes`, where given); anything else raises `BadEnvironment`."""
    word = text(name, default)
    scheme = urlsplit(word).scheme
    if word and (not scheme or (schemes is not None and scheme not in schemes)):
        expected = ", ".join(sorted(schemes)) if schemes else "any"
        raise BadEnvironment(f"{name}: expected a URL with a scheme ({expected})")
    return word


def postgres(name: str) -> dict[str, object] | None:
    """Django's settings from a URL such as `postgresql://user:secret@host:5432/name?sslmode=require`.

    `?host=/folder` names a unix socket. None where the variable is unset: then the database is embedded.
    """
    word = url(name, "", schemes=POSTGRES_SCHEMES)
    if not word:
        return None
    parts = urlsplit(word)
    query: dict[str, str] = dict(parse_qsl(parts.query))
    try:
        port = parts.port
    except ValueError:
        raise BadEnvironment(f"{name}: expected a port number") from None
    database = unquote(parts.path.lstrip("/"))
    if not database:
        raise BadEnvironment(f"{name}: expected a database name after the host")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or query.pop("password", "")),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(port or query.pop("port", "")),
        "OPTIONS": dict(query),
    }


def mail(name: str) -> dict[str, object]:
    """Django's settings from a URL such as `smtp://user:secret@host:587` or `smtps://host`.

    `smtp` asks for STARTTLS unless the URL ends in `?tls=off`. Unset: mails are printed into the log.
    """
    word = url(name, "", schemes=MAIL_SCHEMES)
    if not word:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(word)
    try:
        port = parts.port
    except ValueError:
        raise BadEnvironment(f"{name}: expected a port number") from None
    if not parts.hostname:
        raise BadEnvironment(f"{name}: expected a host name")
    wrapped = parts.scheme == "smtps"
    plain = dict(parse_qsl(parts.query)).get("tls") == "off"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or (465 if wrapped else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": wrapped,
        "EMAIL_USE_TLS": not wrapped and not plain,
    }


def given(names: Mapping[str, str]) -> dict[str, str]:
    """Those of `names` (variable -> meaning) that are set: what `quickstart` reports as replaced."""
    return {name: meaning for name, meaning in names.items() if text(name, "")}
