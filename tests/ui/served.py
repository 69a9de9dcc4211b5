"""The gallery behind a real web server with the product's own security policy, for a headless browser."""

import json
import mimetypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.staticfiles import finders

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
WITH_CHARTS = STRICT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
Page = Callable[[str], str]


def handler(pages: dict[str, tuple[str, Page]], points: list[list[float]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path in pages:
                policy, page = pages[asked.path]
                self.answer(200, page(self.path).encode(), "text/html; charset=utf-8", policy)
            elif asked.path == "/live":
                self.live(int(parse_qs(asked.query)["after"][0]))
            else:
                self.static(asked.path)

        def live(self, after: int) -> None:
            fresh = points[after:]
            done = after + len(fresh) >= len(points)
            body = json.dumps({"cursor": after + len(fresh), "points": {"loss": fresh}}).encode()
            self.answer(286 if done else 200, body, "application/json")

        def static(self, path: str) -> None:
            found = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
            if not isinstance(found, str):
                self.answer(404, b"", "text/plain")
                return
            kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
            self.answer(200, Path(found).read_bytes(), kind)

        def answer(self, status: int, body: bytes, kind: str, policy: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def served(pages: dict[str, tuple[str, Page]], points: list[list[float]]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(pages, points))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
