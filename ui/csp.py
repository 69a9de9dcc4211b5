"""The one exception to our security policy: Plotly writes style elements, so chart pages allow them."""

from collections.abc import Callable
from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator

_CHART_POLICY = {"style-src": ["'self'", "'unsafe-inline'"]}


def charts_allowed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorator for a view whose page draws Plotly charts. Scripts stay ``'self'``."""
    allowed: Callable[..., HttpResponseBase] = csp_update(_CHART_POLICY)(view)
    return allowed


class ChartsMixin:
    """The same for class-based views; stands left of the view class."""

    @method_decorator(charts_allowed)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the relaxed style policy."""
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response
