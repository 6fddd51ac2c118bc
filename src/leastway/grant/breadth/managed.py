"""AWS managed policies that come to full privileges (AWS Managed Policy Reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FULL_PRIVILEGES"]

FULL_PRIVILEGES: Mapping[str, str] = {
    "administratoraccess": "is full control of the account",
    "poweruseraccess": "is full control of all but users, groups and the organization",
    "iamfullaccess": "can give itself every right",
}
"""Why, by the policy's name in lower case; it reads on after the name."""
