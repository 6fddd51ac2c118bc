"""Why a template is refused, at an offset of its text. Nothing of a value is ever in it."""

from __future__ import annotations

__all__ = ["RefusedAtError"]


class RefusedAtError(Exception):
    """A part of a template is not valid, not served, or failed; `at` is its offset in the text."""

    def __init__(self, what: str, at: int, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.at = at
        self.fix = fix
