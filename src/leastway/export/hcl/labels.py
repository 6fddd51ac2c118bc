"""Labels of blocks: names as Terraform identifiers."""

from __future__ import annotations

import re

__all__ = ["label_of"]


def label_of(name: str) -> str:
    """Return the letters and digits of `name`, joined by underscores; different names can get the same label."""
    words = "_".join(re.findall("[a-z0-9]+", name.lower()))
    return words if words[:1].isalpha() else f"x_{words}"
