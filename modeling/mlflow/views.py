"""One view for every route: token, bounded body, the handler's answer, and faults in MLflow's own shape."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.tokens import TokenAuthentication
from governance.api.views import caller
from governance.exceptions import DomainError, NotFound
from governance.models import User
from modeling import files, outside
from modeling.exceptions import FileRefused, MlflowInvalid, NotForClients
from modeling.mlflow.messages import text
from modeling.models import TrainingRun

log = logging.getLogger(__name__)

MOST_BODY = 2**20
MOST_DRAINED = 64 * 2**20
WORDS = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    405: "ENDPOINT_NOT_FOUND",
    409: "INVALID_STATE",
    413: "REQUEST_LIMIT_EXCEEDED",
    415: "INVALID_PARAMETER_VALUE",
    429: "REQUEST_LIMIT_EXCEEDED",
}
Body = Mapping[str, Any]
Handler = Callable[..., dict[str, Any]]


def _told(status: int, code: str, message: str) -> Response:
    """MLflow's error with our stable code: in a field of its own, and first in the text its client shows."""
    word = WORDS.get(status, "INTERNAL_ERROR")
    body = {"error_code": word, "message": f"{code}: {message}", "code": code}
    return Response(body, status=status, content_type="application/json")


def fault(error: Exception, context: dict[str, Any]) -> Response:
    """Whatever went wrong, as MLflow's client reads it."""
    if isinstance(error, DomainError):
        return _told(error.status, error.code, str(error))
    if isinstance(error, exceptions.APIException):
        code = error.get_codes()
        word = code if isinstance(code, str) else error.default_code
        return _told(error.status_code, str(word), str(error.detail))
    log.error("a request of a tracking client failed", exc_info=error)
    return _told(500, "internal", _("Something failed on our side."))


class ClientView(APIView):
    """Only tokens are taken here: no cookie, so no page of another site can make a browser write."""

    authentication_classes = [TokenAuthentication]
    schema = None

    def get_exception_handler(self) -> Any:
        return fault


class Endpoint(ClientView):
    """A route whose handlers, by method, take the caller and the body and return an object."""

    handlers: Mapping[str, Handler] = {}

    def answer(self, request: Request, **path: str) -> Response:
        """Raises MlflowInvalid for a body that is no object or too long."""
        handler = self.handlers.get(request.method or "")
        if handler is None:
            raise exceptions.MethodNotAllowed(str(request.method))
        return Response(handler(caller(request), _body(request), **path))

    get = post = patch = delete = put = answer


def _body(request: Request) -> Body:
    if request.method == "GET":
        query = request.query_params
        return {key: query.getlist(key) if key == "order_by" else query[key] for key in query}
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BODY:
        raise MlflowInvalid(reason=_("The body is longer than %(most)s bytes") % {"most": MOST_BODY})
    if not isinstance(request.data, dict):
        raise MlflowInvalid(reason=_("The body is no object"))
    return request.data


def unknown(user: User, body: Body, **path: str) -> dict[str, Any]:
    """A route of MLflow that we have not."""
    raise NotFound


def refused(instead: Any) -> Handler:
    """A handler that says how a thing is done here instead."""

    def handler(user: User, body: Body, **path: str) -> dict[str, Any]:
        raise NotForClients(instead=instead)

    return handler


def run_of(user: User, body: Body) -> TrainingRun:
    """The run a request names. Raises NotFound."""
    uid = text(body, "run_id", longest=64) or text(body, "run_uuid", longest=64, needed=True)
    return _run(user, uid)


def _run(user: User, uid: str) -> TrainingRun:
    """One's own run is always seen, and asked for first: every value logged comes through here."""
    named = TrainingRun.objects.filter(uid=uid).select_related("plan", "requested_by")
    run = named.filter(requested_by=user).first()
    if run is None:
        run = named.filter(pk__in=TrainingRun.objects.visible_to(user).values("pk")).first()
    if run is None:
        raise NotFound
    return run


def placed(user: User, path: str) -> tuple[TrainingRun, str]:
    """The run and the path below it of an address `runs/<uid>/<path>`. Raises NotFound."""
    parts = path.strip("/").split("/", 2)
    if len(parts) < 2 or parts[0] != "runs":
        raise NotFound
    return _run(user, parts[1]), parts[2] if len(parts) > 2 else ""


class ArtifactView(ClientView):
    """One file of a run: bytes down, bytes up, both streamed."""

    def get(self, request: Request, path: str) -> FileResponse:
        user = caller(request)
        run, below = placed(user, path)
        stream = outside.file_open(actor=user, run=run, path=below)
        return FileResponse(
            stream,
            as_attachment=True,
            filename=below.rpartition("/")[2],
            content_type="application/octet-stream",
        )

    def put(self, request: Request, path: str) -> Response:
        """Raises FileRefused, RunFull; a refused body is read to its end, so that the client hears why."""
        user, length = caller(request), request.META.get("CONTENT_LENGTH") or ""
        try:
            if not length.isdigit():
                raise FileRefused(reason=_("its length is not announced"))
            run, below = placed(user, path)
            outside.file_keep(actor=user, run=run, path=below, stream=request._request, size=int(length))
        except DomainError:
            _drain(request)
            raise
        return Response({})


def _drain(request: Request) -> None:
    left = MOST_DRAINED
    while left > 0 and (block := request._request.read(2**20)):
        left -= len(block)


def artifacts_list(user: User, body: Body) -> dict[str, Any]:
    """Names relative to the folder asked for, as MLflow's artifact service answers."""
    run, below = placed(user, text(body, "path", longest=600, needed=True))
    found = files.listed(run, below)
    return {"files": [_file(fact, fact.path.rpartition("/")[2]) for fact in found]}


def run_artifacts(user: User, body: Body) -> dict[str, Any]:
    """Names relative to the run, as MLflow's tracking service answers."""
    run = run_of(user, body)
    found = files.listed(run, text(body, "path"))
    return {"root_uri": f"mlflow-artifacts:/runs/{run.uid}", "files": [_file(f, f.path) for f in found]}


def _file(fact: files.FileFacts, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {"path": path, "is_dir": fact.size is None}
    return found if fact.size is None else {**found, "file_size": fact.size}
