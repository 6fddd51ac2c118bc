"""A database's URL as errors show it.

libpq takes passwords as parameters of a URL, too. Source: PostgreSQL, "Database Connection Control Functions".
"""

from __future__ import annotations

from sqlalchemy.engine import URL

__all__ = ["shown_url"]


def shown_url(url: URL) -> str:
    """Return a URL with its password hidden, and without parameters that are passwords."""
    secret = [name for name in url.query if "password" in name.lower()]
    return url.difference_update_query(secret).render_as_string(hide_password=True)
