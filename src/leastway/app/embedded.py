"""What a rehearsal and `leastway sandbox` share: which grant, its largest size, and the way to the embedded AWS."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from leastway.aws import Door, KeyPair
from leastway.errors import InvalidInputError, LeastwayError
from leastway.grant import Grant
from leastway.sandbox import Seeded
from leastway.sandbox.assets import MOST_CLUSTERS, VARIABLE, find_assets

__all__ = ["check_size", "embedded_environment", "engineer_doors", "example_grant"]

_EXAMPLE = "seed"


def check_size(grant: Grant) -> None:
    """Refuse a grant with more clusters than there may be real API servers; LeastwayError."""
    number = sum(len(account.clusters) for account in grant.accounts)
    if number > MOST_CLUSTERS and find_assets() is not None:
        raise LeastwayError(
            f"{number} clusters are too many for one kube-apiserver each; at most {MOST_CLUSTERS} are supported",
            where=grant.name,
            fix=f"unset {VARIABLE} to rehearse them with the small API server",
        )


def engineer_doors(grant: Grant, seeded: Seeded) -> Mapping[str, Door]:
    """Return administrator credentials for each account, instead of the access that the grant names."""
    return {
        account.id: Door(
            account.id, account.region, KeyPair(seeded.admins[account.id].id, seeded.admins[account.id].secret)
        )
        for account in grant.accounts
    }


@contextmanager
def embedded_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Point botocore at the embedded AWS, and hide every real profile, inside the block."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name in variables}
    _replace(before, variables)
    try:
        yield
    finally:
        _replace(variables, before)


def _replace(old: Mapping[str, str], new: Mapping[str, str]) -> None:
    for name in old:
        os.environ.pop(name, None)
    os.environ.update(new)


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
        name = example or _EXAMPLE
        if name not in known:
            raise InvalidInputError(f"unknown example {name!r}", fix=f"the examples are: {', '.join(known)}")
        with as_file(folder / name) as path:
            yield path / "grant.yaml"
