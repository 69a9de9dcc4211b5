"""Downloads of a run: its curves for TensorBoard, the files its client sent."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET

from governance.exceptions import DomainError
from modeling import outside
from modeling.models import TrainingRun
from modeling.selectors import tracking
from modeling.views.base import person, seen

BYTES = "application/octet-stream"


@login_required
@require_GET
def run_tensorboard(request: HttpRequest, uid: str) -> StreamingHttpResponse:
    run: TrainingRun = seen(request, TrainingRun, uid)
    name = f'attachment; filename="{tracking.event_name(run)}"'
    blocks = tracking.events_of(run)
    return StreamingHttpResponse(blocks, content_type=BYTES, headers={"Content-Disposition": name})


@login_required
@require_GET
def run_file(request: HttpRequest, uid: str, path: str) -> FileResponse:
    """One file a client sent. Raises Http404."""
    run: TrainingRun = seen(request, TrainingRun, uid)
    if not run.external:
        raise Http404
    try:
        stream = outside.file_open(actor=person(request), run=run, path=path)
    except DomainError as error:
        raise Http404 from error
    return FileResponse(stream, as_attachment=True, filename=path.rpartition("/")[2], content_type=BYTES)
