"""Every address of the product: each app owns its `urls.py` and `api/urls.py`; here they are put together."""

from importlib.util import find_spec

from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from governance.admin import seal_others

seal_others()
api_docs = SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="config/api_docs.html")


def healthz(request: HttpRequest) -> HttpResponse:
    """The web process answers; nothing else is asked, so that a busy database does not get it restarted."""
    return HttpResponse("ok", content_type="text/plain")


def mounted(prefix: str, module: str) -> list[URLPattern | URLResolver]:
    return [path(prefix, include(module))] if _exists(module) else []


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("accounts/sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="sign_in"),
    path("accounts/sign-out/", auth.LogoutView.as_view(), name="sign_out"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs", login_required(api_docs), name="api_docs"),
    path("api/v1/", include("governance.api.urls")),
    path("api/v1/", include("catalog.api.urls")),
    path("api/v1/", include("modeling.api.urls")),
    path("api/v1/", include("committee.api.urls")),
    path("api/2.0/", include("modeling.mlflow.urls")),
    path("", include("governance.urls")),
    path("", include("catalog.urls")),
    *mounted("", "modeling.urls"),
    path("", include("committee.urls")),
    path("", include("console.urls")),
]
