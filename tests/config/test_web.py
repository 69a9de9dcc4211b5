"""What every answer of the web process has, and what is refused before it is read."""

from __future__ import annotations

import logging

import pytest
from django.test import Client, RequestFactory

from config.logs import WithoutValues
from config.middleware import FORM_ALLOWANCE, UploadLimit


def test_healthz_needs_no_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"


def test_scripts_and_styles_come_from_our_own_files_only(client: Client) -> None:
    answer = client.get("/healthz")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/x", "application/problem+json"), ("/x", "text/plain")])
def test_an_upload_above_the_limit_is_refused_unread(settings, path: str, kind: str) -> None:
    settings.GAVEL_UPLOAD_LIMIT = 1000
    request = RequestFactory().post(path, CONTENT_LENGTH=str(1000 + FORM_ALLOWANCE + 1))
    answer = UploadLimit(lambda _: pytest.fail("was let through"))(request)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"].startswith(kind)


def test_a_length_that_is_no_number_is_a_bad_request() -> None:
    request = RequestFactory().post("/x", CONTENT_LENGTH="-5")
    assert UploadLimit(lambda _: pytest.fail("was let through"))(request).status_code == 400


def test_logs_name_the_error_and_its_place_but_no_value() -> None:
    try:
        try:
            int("4111-1111")
        except ValueError as error:
            raise RuntimeError("cell 4111-1111") from error
    except RuntimeError:
        record = logging.LogRecord(
            "gavel", logging.ERROR, __file__, 1, "failed", (), __import__("sys").exc_info()
        )
    line = WithoutValues("%(message)s").format(record)
    assert "4111" not in line
    assert "ValueError" in line
    assert "RuntimeError" in line
    assert "test_web.py" in line


@pytest.mark.django_db
def test_the_chosen_language_stays(client: Client) -> None:
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/healthz"})
    assert client.get("/healthz").headers["Content-Language"] == "zh-hans"


def test_the_api_documentation_asks_to_sign_in(client: Client) -> None:
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/sign-in/")


@pytest.mark.django_db
def test_the_api_documentation_has_no_inline_script_or_style(client: Client, django_user_model: type) -> None:
    client.force_login(django_user_model.objects.create_user(username="reader"))
    page = client.get("/api/v1/docs").content.decode()
    assert "<style" not in page
    assert all("src=" in tag for tag in page.split("<script")[1:])
    script = client.get("/api/v1/docs?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
