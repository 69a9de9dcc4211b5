"""``python -m modeling.training.desk MEMORY``: one question about backbones from standard input, answered on
standard output.

A process of its own: what a hostile file makes a library want of memory or time ends this process, never the
worker. Lines: ``{"told": [done, total]}``, and last one of ``{"made": …}``, ``{"refused": {code, en, zh,
facts}}``. Neither torch nor any code of a model is loaded.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from modeling.training.failures import TrainingStopped


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """The last line for a question: ``{"call": "inspect" | "measure", "order": …}``."""
    order = question["order"]
    try:
        if question["call"] == "measure":
            from modeling.training.coverage import measured  # brings polars

            return {"made": measured(order, _told)}
        from modeling.training.inspecting import inspect

        folder, root = (Path(order[key]) if order[key] else None for key in ("folder", "root"))
        return {"made": inspect(order["name"], folder, root, fetch=order["fetch"]).as_json()}
    except TrainingStopped as error:
        return {"refused": error.as_json()}


def _told(done: int, total: int) -> None:
    print(json.dumps({"told": [done, total]}), flush=True)  # noqa: T201


def main(memory: int) -> int:
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    said = answer(json.loads(sys.stdin.buffer.read()))
    print(json.dumps(said, ensure_ascii=False), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
