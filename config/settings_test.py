"""Settings under test: the real ones with a data folder of their own, fixed keys, quick hashes, no broker."""

import os
import tempfile
from pathlib import Path

_SCRATCH = Path(os.environ.get("GAVEL_TEST_VAR") or tempfile.mkdtemp(prefix="gavel-test-"))
os.environ["GAVEL_VAR"] = str(_SCRATCH)
os.environ.setdefault("GAVEL_SECRET_KEY", "only-for-tests-" + "0" * 40)
os.environ.setdefault("GAVEL_PERMIT_KEYS", '{"old": "' + "11" * 32 + '", "test": "' + "22" * 32 + '"}')

from config.settings import *  # noqa: E402, F403 - the environment above must be set first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = os.environ.get("REDIS_URL") or "memory://"
AXES_ENABLED = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
LANGUAGE_CODE = "en"
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    # In memory, said outright: test plugins know it only of Django's own backend.
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}  # noqa: F405
