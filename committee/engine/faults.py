"""Bad input of the tally (committee-rules §13)."""

from typing import Any


class InputFault(ValueError):
    """The case cannot be computed. `code`: one of §13; `path`: JSON Pointer to the wrong field."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(f"{code} at {path or 'the document'}: {message}")
        self.code = code
        self.path = path
        self.message = message

    def as_dict(self) -> dict[str, Any]:
        """The object `tally` prints before it exits with 2."""
        return {"error": {"code": self.code, "path": self.path, "message": self.message}}


def pointer(*steps: str | int) -> str:
    """JSON Pointer (RFC 6901) of the steps from the root."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
