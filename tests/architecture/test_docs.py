"""What the documents tell a newcomer to type works, and every decision record has a number of its own."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, project_files

FENCE = re.compile(r"^```(?:sh|bash|shell|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADR = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
PROGRAMS = ("./quickstart", "./run-tests")


def documents() -> list[Path]:
    return [file for file in project_files() if file.suffix == ".md" and "tests" not in file.parts]


def commands() -> list[str]:
    """Lines of shell blocks that call our own programs, without prompts and comments."""
    found = set()
    for file in documents():
        for block in FENCE.findall(file.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                words = line.strip().removeprefix("$ ").split(" #")[0].strip()
                if words.startswith(PROGRAMS) or "manage.py " in words:
                    found.add(words)
    return sorted(found)


def grammar_calls(words: list[str]) -> list[list[str]]:
    """The calls that print the grammar of a command line, without starting anything.

    A verb has a grammar of its own beside its command's: `person --as X token` is asked for both.
    """
    if words[0] == "./quickstart":
        return [[sys.executable, "manage.py", "quickstart", "--help"]]
    if words[0] == "./run-tests":
        return [[sys.executable, "-m", "tests.runner", "--help"]]
    place = next(index for index, word in enumerate(words) if word.endswith("manage.py"))
    own = [word for word in words[place + 1 :][:2] if re.fullmatch(r"[a-z_]+", word)]
    whole = words[place + 1 : words.index(">")] if ">" in words else words[place + 1 :]
    return [[sys.executable, "manage.py", *call, "--help"] for call in (own, whole)]


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_documents_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)
    printed = ""
    for call in grammar_calls(words):
        done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-1000:]
        printed += done.stdout
    options = {word.split("=")[0] for word in words if word.startswith("--") and len(word) > 2}
    assert {option for option in options if option not in printed} == set()


def test_each_decision_record_has_its_own_number() -> None:
    numbers = [
        match[1] for file in documents() if "adr" in file.parts and (match := ADR.fullmatch(file.name))
    ]
    assert [number for number, times in Counter(numbers).items() if times > 1] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for file in documents():
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            if not (file.parent / target).exists():
                broken.append(f"{file.relative_to(ROOT)}: {target}")
    assert broken == []
