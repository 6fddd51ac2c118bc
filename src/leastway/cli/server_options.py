"""Options that name the server's data, shared by `leastway serve` and the commands of `leastway server`."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

if TYPE_CHECKING:
    from leastway.service import ServerSettings

__all__ = ["SettingsOf", "data_options", "needs_server", "not_installed", "settings_of", "url_without_password"]

SettingsOf: TypeAlias = "Callable[..., ServerSettings]"


def url_without_password(database: str | None) -> str | None:
    """Refuse what is no URL, of which a file would be made, and a password that every user of the machine can read."""
    if database and "://" not in database:
        raise click.UsageError(
            "--database, or LEASTWAY_DATABASE, is not a URL: write postgresql+psycopg://USER@HOST/NAME, or nothing "
            "for a SQLite file in the data folder"
        )
    given = any(argument.startswith("--database") for argument in sys.argv)
    if database and given and _has_password(database):
        raise click.UsageError(
            "the database URL has a password, which every user of this machine can see: give the URL in "
            "LEASTWAY_DATABASE, or the password in a .pgpass file"
        )
    return database


def _has_password(database: str) -> bool:
    """Return whether a URL has a password, before its host or as a parameter, which libpq also takes."""
    rest, _, query = database.partition("://")[2].partition("?")
    return ":" in rest.rpartition("@")[0] or "password=" in query.lower()


_data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="The server's data: the database, the wrapping key. Default: STATE_DIRECTORY of systemd, else `server` in "
    "leastway's state folder.",
)
_database = click.option(
    "--database",
    callback=lambda _context, _option, database: url_without_password(database),
    metavar="URL",
    envvar="LEASTWAY_DATABASE",
    show_envvar=True,
    help="A PostgreSQL database, which several processes can share. Default: a SQLite file in the data folder.",
)
_wrapping_key = click.option(
    "--wrapping-key",
    metavar="FILE|kms:ARN",
    envvar="LEASTWAY_WRAPPING_KEY",
    show_envvar=True,
    help="The key that seals credentials: a file of mode 0600, or a key in AWS KMS. Default: `wrapping-key` in the "
    "data folder, which the first start creates.",
)
_other_wrapping_keys = click.option(
    "--other-wrapping-key",
    "other_wrapping_keys",
    multiple=True,
    metavar="FILE|kms:ARN",
    envvar="LEASTWAY_OTHER_WRAPPING_KEYS",
    help="Another key that opens what it sealed, while the wrapping key is replaced. Repeatable.",
)


def data_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that name the data, the database and the wrapping keys.

    It gets `settings_of`, which returns the settings that they stand for, with others that are given by name.
    """

    @functools.wraps(command)
    def with_settings(
        data: Path | None,
        database: str | None,
        wrapping_key: str | None,
        other_wrapping_keys: tuple[str, ...],
        **rest: Any,
    ) -> int:
        place = functools.partial(settings_of, data, database, wrapping_key, other_wrapping_keys)
        return command(settings_of=place, **rest)

    for option in (_other_wrapping_keys, _wrapping_key, _database, _data):
        with_settings = option(with_settings)
    return with_settings


def settings_of(
    data: Path | None,
    database: str | None,
    wrapping_key: str | None,
    other_wrapping_keys: tuple[str, ...],
    **more: Any,
) -> ServerSettings:
    """Return the settings that the options stand for."""
    from leastway.service import ServerSettings

    return ServerSettings(
        data or _default_data(),
        database,
        wrapping_key=wrapping_key,
        other_wrapping_keys=other_wrapping_keys,
        **more,
    )


def _default_data() -> Path:
    from leastway.app.settings import Settings

    folder = os.environ.get("STATE_DIRECTORY")
    return Path(folder) if folder else Settings.from_environment().state / "server"


def not_installed(error: ModuleNotFoundError) -> Exception:
    """Return the error for a part of the server that a plain install does not have."""
    from leastway.errors import LeastwayError

    return LeastwayError(
        f"the server needs {error.name}, which is not installed", fix="run: pip install 'leastway[serve]'"
    )


@contextmanager
def needs_server() -> Iterator[None]:
    """Name a part of the server that is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise not_installed(error) from error
