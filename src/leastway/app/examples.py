"""The bundled examples: grants that anyone can rehearse without writing one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from leastway.errors import InvalidInputError

__all__ = ["example_grant"]

_DEFAULT = "seed"


@contextmanager
def example_grant(grant: Path | None, example: str | None) -> Iterator[Path]:
    """Yield the file to rehearse: `grant`, the bundled `example`, `grant.yaml` here, or the example `seed`."""
    here = Path("grant.yaml")
    if grant is not None:
        yield grant
    elif example is None and here.is_file():
        yield here
    else:
        folder = files("leastway") / "examples"
        known = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("_"))
        name = example or _DEFAULT
        if name not in known:
            raise InvalidInputError(f"there is no example {name!r}", fix=f"there are: {', '.join(known)}")
        with as_file(folder / name) as path:
            yield path / "grant.yaml"
