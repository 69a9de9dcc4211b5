"""Errors of the API as RFC 9457 problem+json: one shape, stable codes, both languages by Accept-Language."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from governance.exceptions import DomainError

CONTENT_TYPE = "application/problem+json"


def problem(code: str, title: str, detail: str, http_status: int, **extra: Any) -> Response:
    """A problem+json response: type, title, status, detail, code and what else helps."""
    body = {
        "type": f"urn:gavel:error:{code}",
        "title": title,
        "status": http_status,
        "detail": detail,
        "code": code,
    }
    return Response({**body, **extra}, status=http_status, content_type=CONTENT_TYPE)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: domain errors by their own code, DRF's and Django's by theirs."""
    # A fault is JSON whatever the view itself renders (YAML schema, HTML page of the documentation).
    if context.get("request") is not None:
        context["request"].accepted_renderer = JSONRenderer()
        context["request"].accepted_media_type = JSONRenderer.media_type
    if isinstance(error, DomainError):
        return problem(error.code, error.text, error.next_step, error.status)
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(error.messages)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    answer = exception_handler(error, context)
    if answer is None or not isinstance(error, exceptions.APIException):
        return answer
    return _from_drf(error, answer)


def _from_drf(error: exceptions.APIException, answer: Response) -> Response:
    if isinstance(error, exceptions.ValidationError):
        detail = _("Nothing was changed. Correct the named fields and send it again.")
        made = problem(
            "invalid_input",
            _("Some fields cannot be accepted."),
            detail,
            status.HTTP_400_BAD_REQUEST,
            errors=answer.data,
        )
    else:
        code = str(error.get_codes()) if isinstance(error.get_codes(), str) else error.default_code
        title = str(error.default_detail)
        title = str(error.detail) if "{" in title else title  # DRF's pattern with an unfilled name
        made = problem(str(code), title, str(error.detail), answer.status_code)
    for header in ("WWW-Authenticate", "Retry-After", "Allow"):
        if header in answer.headers:
            made.headers[header] = answer.headers[header]
    return made
