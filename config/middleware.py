"""A request larger than any upload may be is refused before its first byte is read."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

FORM_ALLOWANCE: Final = 2**20
"""Bytes a multipart form may add around the file itself."""


class UploadLimit:
    """Answers 413 with the code `upload:too-large` where the announced length is above GAVEL_UPLOAD_LIMIT."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not announced.isdigit():
            return HttpResponse(status=400)
        if int(announced) > settings.GAVEL_UPLOAD_LIMIT + FORM_ALLOWANCE:
            return self._refuse(request)
        return self.get_response(request)

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        detail = _("The upload is larger than the limit of %(limit)s bytes.") % {
            "limit": settings.GAVEL_UPLOAD_LIMIT
        }
        if request.path.startswith("/api/"):
            problem = {
                "type": "urn:gavel:error:upload:too-large",
                "title": _("Upload too large"),
                "status": 413,
                "code": "upload:too-large",
                "detail": detail,
            }
            return JsonResponse(problem, status=413, content_type="application/problem+json")
        return HttpResponse(detail, status=413, content_type="text/plain; charset=utf-8")
