"""What every request meets: a bound on its size, no NUL in its address, and faults an API client can read."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

FORM_ALLOWANCE: Final = 2**20
"""Bytes a multipart form may add around the file itself."""


API: Final = "/api/"
PROBLEM: Final = "application/problem+json"
MLFLOW: Final = "/api/2.0/"
"""What lies below speaks the language of MLflow's clients, in its faults too."""


def problem(code: str, title: str, detail: str, status: int) -> JsonResponse:
    """A fault of the API that no view answered, in the shape of those the views answer (RFC 9457)."""
    body = {
        "type": f"urn:gavel:error:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JsonResponse(body, status=status, content_type=PROBLEM)


class UploadLimit:
    """Answers 413 with the code `upload:too-large` where the announced length is above GAVEL_UPLOAD_LIMIT."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not announced.isdigit():
            return _fault(400) if request.path.startswith(API) else HttpResponse(status=400)
        if int(announced) > settings.GAVEL_UPLOAD_LIMIT + FORM_ALLOWANCE:
            return self._refuse(request)
        return self.get_response(request)

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        detail = _("The upload is larger than the limit of %(limit)s bytes.") % {
            "limit": settings.GAVEL_UPLOAD_LIMIT
        }
        if request.path.startswith(API):
            return problem("upload:too-large", _("Upload too large"), detail, 413)
        return HttpResponse(detail, status=413, content_type="text/plain; charset=utf-8")


class ApiProblems:
    """Answers as problem+json what fails under /api/ before or outside a view: unknown address, crash."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        told = answer.headers.get("Content-Type", "").startswith(PROBLEM)
        if request.path.startswith(MLFLOW):
            spoken = answer.headers.get("Content-Type", "") == "application/json"
            return answer if spoken or answer.status_code < 400 else _mlflow_fault(answer.status_code)
        wrong = answer.status_code >= 400 and request.path.startswith(API)
        return _fault(answer.status_code) if wrong and not told else answer


def _fault(status: int) -> JsonResponse:
    compare = _("Compare the request with /api/v1/docs.")
    if status == 404:
        return problem("not_found", _("There is nothing at this address."), compare, status)
    if status >= 500:
        detail = _("It stands in the log of the server. Read the thing again before you repeat the request.")
        return problem("internal", _("Something failed on our side."), detail, status)
    return problem("bad_request", _("The request cannot be read."), compare, status)


def _mlflow_fault(status: int) -> JsonResponse:
    word = {404: "ENDPOINT_NOT_FOUND"}.get(status, "INTERNAL_ERROR" if status >= 500 else "BAD_REQUEST")
    return JsonResponse({"error_code": word, "message": _("The request cannot be read.")}, status=status)


class NulRefused:
    """Refuses addresses with the character NUL, which no name holds and PostgreSQL cannot even compare.

    Queries of pages go through forms, which drop it; those of the API through filters and by themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path:
            raise Http404
        if request.path.startswith(API) and "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest
        return self.get_response(request)
