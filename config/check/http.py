"""A small client of the REST API, as another team's program would write one: standard library only."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

TIMEOUT: Final = 60.0
PAUSE: Final = 0.5


class CheckFailed(Exception):
    """The running system answered otherwise than promised."""


@dataclass(frozen=True)
class Answer:
    """Status, content type and body of one answer."""

    status: int
    kind: str
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises `CheckFailed` where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise CheckFailed(f"expected JSON, got {self.kind} with status {self.status}") from None

    @property
    def code(self) -> str:
        """The stable code of a problem+json answer, or the status."""
        if "json" not in self.kind:
            return str(self.status)
        document = self.json()
        return str(document.get("code", self.status)) if isinstance(document, dict) else str(self.status)


@dataclass(frozen=True)
class Api:
    """Calls to one installation in the name of one person."""

    base: str
    token: str = ""

    def as_person(self, token: str) -> "Api":
        """The same installation in somebody else's name."""
        return Api(self.base, token)

    def get(self, path: str, **query: str) -> Any:
        """GET; raises `CheckFailed` unless 200."""
        words = f"?{urllib.parse.urlencode(query)}" if query else ""
        return self.expect(200, "GET", path + words).json()

    def post(self, path: str, content: Any = None, *, status: int | None = None) -> Any:
        """POST JSON; raises `CheckFailed` unless the answer is `status` (any 2xx where None)."""
        answer = self.expect(status, "POST", path, json.dumps(content or {}).encode(), "application/json")
        return answer.json() if answer.body else None

    def upload(self, path: str, fields: Mapping[str, str], file_name: str, content: bytes) -> Any:
        """POST a multipart form with one part named `file`; raises `CheckFailed` unless 2xx."""
        mark = uuid.uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
        parts += [head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", content, b"\r\n"]
        body = b"".join([*parts, f"--{mark}--\r\n".encode()])
        return self.expect(None, "POST", path, body, f"multipart/form-data; boundary={mark}").json()

    def expect(
        self, status: int | None, method: str, path: str, body: bytes | None = None, kind: str = ""
    ) -> Answer:
        """One call whose status must be `status`, or any 2xx where None. Raises `CheckFailed`."""
        answer = self.call(method, path, body, kind)
        fits = answer.status == status if status is not None else 200 <= answer.status < 300
        if not fits:
            wanted = status or "2xx"
            raise CheckFailed(f"{method} {path}: expected {wanted}, got {answer.status} {answer.code}")
        return answer

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Answer:
        """One call, whatever the answer. Raises `CheckFailed` where nobody answers."""
        request = urllib.request.Request(self.base + path, data=body, method=method)  # noqa: S310 - our own address
        request.add_header("Accept", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if kind:
            request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - our own address
                return Answer(answer.status, answer.headers.get_content_type(), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers.get_content_type(), error.read())
        except OSError as error:
            raise CheckFailed(f"{method} {path}: no answer ({type(error).__name__})") from error

    def wait(self, path: str, until: Callable[[Any], bool], seconds: float) -> Any:
        """GET again and again until the answer fits; raises `CheckFailed` after `seconds`."""
        end = time.monotonic() + seconds
        while True:
            found = self.get(path)
            if until(found):
                return found
            if time.monotonic() > end:
                raise CheckFailed(f"GET {path}: not as expected after {seconds:.0f} s")
            time.sleep(PAUSE)
