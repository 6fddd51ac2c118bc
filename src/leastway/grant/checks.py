"""Every rule of a grant, in the order in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.rules.attached_file import check_attached_files
from leastway.grant.rules.definitions import check_definitions
from leastway.grant.rules.duplicate import check_duplicates
from leastway.grant.rules.duplicate_access import check_duplicate_access
from leastway.grant.rules.external_id import check_external_ids
from leastway.grant.rules.full_privileges import check_full_privileges
from leastway.grant.rules.grants_nothing import check_grants_something
from leastway.grant.rules.partition import check_partition
from leastway.grant.rules.role_outside_prefix import check_prefix
from leastway.grant.rules.scope import check_scope
from leastway.grant.rules.way_in import check_way_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading

__all__ = ["CHECKS"]

CHECKS: tuple[Callable[[GrantReading], Iterator[Problem]], ...] = (
    check_grants_something,
    check_duplicates,
    check_duplicate_access,
    check_external_ids,
    check_way_in,
    check_partition,
    check_prefix,
    check_scope,
    check_attached_files,
    check_full_privileges,
    check_definitions,
)
"""Each takes a reading and yields problems."""
