"""External ids with a structure, which a platform composes itself: `{account}@{integration}@{stack}@{read|write}`.

A part in braces is a name for any text without the separators, or a choice of words. Such an id is not random, so it
can be guessed: what it protects from is that the platform presents it for another customer, not that somebody in the
platform's account makes it up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

__all__ = ["ExternalIdForm"]

_PART: Final = re.compile(r"\{([^{}]*)\}")
_NAME: Final = re.compile(r"[a-z][a-z_]*")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")
_SEPARATORS: Final = re.compile(r"[@:/,=+]+")


@dataclass(frozen=True)
class ExternalIdForm:
    """The form of a platform's external ids, as a profile writes it."""

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def is_valid(self) -> bool:
        """Whether it has parts with different names or at least two words, and a separator between each two."""
        texts, names = self._pieces
        named = [name for name in names if "|" not in name]
        return (
            len(names) > 1
            and len(set(named)) == len(named)
            and all(_NAME.fullmatch(name) for name in named)
            and all(_WORD.fullmatch(word) for name in names if "|" in name for word in name.split("|"))
            and not (texts[0] or texts[-1])
            and all(_SEPARATORS.fullmatch(one) for one in texts[1:-1])
        )

    def why_not(self, external_id: str) -> str:
        """Return why `external_id` does not have this form, or an empty string."""
        return "" if self._pattern.fullmatch(external_id) else f"it does not have the form {self.text}"

    def described(self, external_id: str) -> str:
        """Return the parts of an external id: `account acme, stack network, write`; empty if it has none."""
        found = self._pattern.fullmatch(external_id)
        if found is None:
            return ""
        values = zip(self._pieces[1], found.groups(), strict=True)
        return ", ".join(value if "|" in name else f"{name.replace('_', ' ')} {value}" for name, value in values)

    @cached_property
    def _pieces(self) -> tuple[list[str], list[str]]:
        """The texts around the parts, and what is in the braces of each part."""
        pieces = _PART.split(self.text)
        return pieces[::2], pieces[1::2]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        texts, names = self._pieces
        not_separators = f"[^{re.escape(''.join(texts))}]+"
        parts = [f"({'|'.join(map(re.escape, name.split('|'))) if '|' in name else not_separators})" for name in names]
        return re.compile("".join(part + re.escape(after) for part, after in zip(parts, texts[1:], strict=True)))
