"""What a view says to htmx: a toast, "nothing new", "stop asking"."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

NOTHING_NEW = 204
STOP_POLLING = 286


def is_htmx(request: HttpRequest) -> bool:
    """True when htmx swaps a region; a history restore wants the whole page."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def toast(response: HttpResponse, tone: str, text: Any) -> HttpResponse:
    """Show the result of the last action as a toast; ``bad`` stays until closed, others 6 s."""
    # Header values are ASCII; the browser decodes the escapes.
    response.headers["HX-Trigger"] = json.dumps({"toast": {"tone": tone, "text": str(text)}})
    return response


def nothing_new() -> HttpResponse:
    """204: nothing is swapped, polling goes on."""
    return HttpResponse(status=NOTHING_NEW)


def live(payload: dict[str, Any], *, new: bool, finished: bool) -> HttpResponse:
    """Answer of a live series: 200 with points, 204 when there are none, 286 with the last ones."""
    if finished:
        return JsonResponse(payload, status=STOP_POLLING)
    return JsonResponse(payload) if new else nothing_new()
