"""Where third-party browser files come from: installed wheels, never copies in our tree."""

from importlib.util import find_spec
from pathlib import Path

PLOTLY_PREFIX = "plotly"
PLOTLY_SCRIPT = f"{PLOTLY_PREFIX}/plotly.min.js"
HTMX_SCRIPT = "django_htmx/htmx-2.min.js"


def package_folder(package: str) -> Path:
    """Folder of an installed package, found without importing it. Raises ModuleNotFoundError."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed; its browser files are missing")
    return Path(next(iter(spec.submodule_search_locations)))


def plotly_folder() -> Path:
    """Folder of plotly's wheel that holds ``plotly.min.js``."""
    return package_folder("plotly") / "package_data"


def staticfiles_dirs() -> list[tuple[str, str]]:
    """Entries for ``STATICFILES_DIRS``. htmx needs none: django-htmx is an app with a static folder."""
    return [(PLOTLY_PREFIX, str(plotly_folder()))]


#: Patterns for ``collectstatic --ignore``: parts of plotly's folder that no page loads.
COLLECTSTATIC_IGNORE = ("datasets", "templates", "widgetbundle.js")
