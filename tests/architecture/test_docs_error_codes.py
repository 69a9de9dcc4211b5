"""Every code a program can meet has its line in docs/error-codes.md, and the page says what the code says."""

from __future__ import annotations

from django.utils import translation

from docs import generate_error_codes
from tests.architecture.source import ROOT, python_files


def test_the_page_of_error_codes_is_the_one_the_code_gives() -> None:
    with translation.override("en"):
        wanted = generate_error_codes.page()
    written = generate_error_codes.TARGET.read_text(encoding="utf-8")
    assert written == wanted, "run: .venv/bin/python -m docs.generate_error_codes"


def test_every_domain_error_stands_where_the_generator_looks() -> None:
    """An error class outside an app's exceptions.py would have no line on the page."""
    elsewhere = [
        str(file.relative_to(ROOT))
        for file in python_files()
        if file.name != "exceptions.py" and "(DomainError)" in file.read_text(encoding="utf-8")
    ]
    assert elsewhere == []
