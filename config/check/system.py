"""First steps of the check: the parts of the system answer."""

import re

from config.check.http import CheckFailed
from config.check.steps import Step, World


def web_answers(world: World) -> str:
    """Web process answers"""
    world.admin.expect(200, "GET", "/healthz")
    return "GET /healthz"


def sign_in_page(world: World) -> str:
    """Sign-in page with its style sheets and scripts"""
    page = world.admin.as_person("").expect(200, "GET", "/accounts/sign-in/").body.decode()
    files = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page)))
    if not files:
        raise CheckFailed("the page names no style sheet")
    for name in files:
        world.admin.expect(200, "GET", name)
    return f"{len(files)} static files"


def api_describes_itself(world: World) -> str:
    """OpenAPI document"""
    document = world.admin.get("/api/v1/schema", format="json")
    world.figures["paths"] = len(document["paths"])
    return f"{len(document['paths'])} paths"


def strangers_are_refused(world: World) -> str:
    """No token, no answer"""
    stranger = world.admin.as_person("no-such-token")
    status = stranger.call("GET", "/api/v1/schema").status
    if status not in (401, 403):
        raise CheckFailed(f"a false token was answered with {status}")
    return f"status {status}"


STEPS: tuple[Step, ...] = (web_answers, sign_in_page, api_describes_itself, strangers_are_refused)
