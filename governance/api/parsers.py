"""JSON bodies with a bound: no body fills the memory of the web process or digs deeper than it can follow."""

from __future__ import annotations

import io
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, parsers
from rest_framework.fields import CharField

MOST_BYTES: Final = 16 * 2**20
"""Bytes of a JSON body: the longest document a field accepts and its escapes. Files are streamed."""


class BodyTooLarge(exceptions.APIException):
    """413: the body is longer than MOST_BYTES."""

    status_code = 413
    default_code = "body_too_large"
    default_detail = _("The body of the request is too large.")


class BoundedJSONParser(parsers.JSONParser):
    """Raises BodyTooLarge above MOST_BYTES, ParseError for JSON nested too deeply, ValidationError for half a
    character."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        held = stream.read(MOST_BYTES + 1)
        if len(held) > MOST_BYTES:
            raise BodyTooLarge
        try:
            data = super().parse(io.BytesIO(held), media_type, parser_context)
            if b"\\u" in held:
                _refuse_unspeakable(data)
        except RecursionError as error:
            raise exceptions.ParseError from error
        except UnicodeEncodeError as error:
            raise exceptions.ValidationError(CharField.default_error_messages["invalid"]) from error
        return data


def _refuse_unspeakable(data: Any) -> None:
    """Escapes can smuggle in half a surrogate pair, which no answer or database can hold.

    Raises UnicodeEncodeError. Walks without recursion, as deep as the data goes.
    """
    left = [data]
    while left:
        part = left.pop()
        if isinstance(part, str):
            part.encode()
        elif isinstance(part, dict):
            left.extend(part.keys())
            left.extend(part.values())
        elif isinstance(part, list):
            left.extend(part)
