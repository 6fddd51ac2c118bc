"""The IAM of one account, as a `Site`.

Desired objects are read by name. Marked objects are searched for only among those whose names begin with one of the
platform's names, ignoring case: reading the tags of all roles of an account would take one call for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leastway.aws.errors import aws_errors, check_named
from leastway.aws.iam.access_key import AccessKeys
from leastway.aws.iam.identity_provider import IdentityProviders
from leastway.aws.iam.managed_policy import ManagedPolicies
from leastway.aws.iam.policy_texts import AwsPolicies, PolicyTexts
from leastway.aws.iam.role import Roles
from leastway.aws.iam.surroundings import Stranger, Surroundings, around_boundaries
from leastway.aws.iam.user import Users
from leastway.aws.observing import ObservationBuilder
from leastway.aws.tags import owner_of
from leastway.errors import LeastwayError
from leastway.estate import (
    AccessKey,
    Address,
    EstateObject,
    Kind,
    Mark,
    Observed,
    OtherAccess,
    Place,
    Sighting,
    User,
    Watch,
)
from leastway.ports import Observation

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from leastway.aws.iam.kind import IamKind
    from leastway.ports import KeyCustody
    from leastway.primitives import Clock

__all__ = ["IamSite"]


class IamSite:
    """IAM in one account; `names` are the prefixes of the platform's own names.

    `of_aws` caches AWS managed policies for all accounts; `elsewhere` checks the account's other clusters. Identity
    providers are read only with `with_identity_providers`: most platforms need none, and no permission for them.
    """

    def __init__(
        self,
        iam: IAMClient,
        place: Place,
        names: Iterable[str],
        custody: KeyCustody,
        clock: Clock,
        *,
        of_aws: AwsPolicies | None = None,
        elsewhere: Callable[[Watch], Iterable[Sighting]] = lambda _: (),
        with_identity_providers: bool = False,
    ) -> None:
        self._place = place
        self._prefixes = tuple(name.lower() for name in names)
        self._roles = Roles(iam, place.account, clock)
        self._tagged: Mapping[Kind, IamKind[Any]] = {
            Kind.MANAGED_POLICY: ManagedPolicies(iam, place.account),
            Kind.USER: Users(iam, place.account, clock),
            Kind.ROLE: self._roles,
        }
        if with_identity_providers:  # after the roles, which may use them
            providers = IdentityProviders(iam, place.account, lambda: self._roles.last_listed)
            self._tagged = {**self._tagged, Kind.IDENTITY_PROVIDER: providers}
        self._keys = AccessKeys(iam, place.account, custody)
        self._texts = PolicyTexts(iam, of_aws or AwsPolicies())
        self._surroundings = Surroundings(iam, place, self._texts, self._keys)
        self._elsewhere = elsewhere
        self._strangers: list[Stranger] = []

    def observe(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read the desired objects, those with the mark of `grant`, and the documents of boundaries."""
        reading = ObservationBuilder({candidate.address for candidate in wanted}, grant)
        self._strangers.clear()
        for kind, adapter in self._tagged.items():
            for address, reference in self._candidates(kind, adapter, wanted, reading).items():
                reading.add(address, self._reader(adapter, address, reference, reading))
        for user in self._key_users(wanted, reading):
            reading.add(Address(self._place, Kind.ACCESS_KEY, user), self._key_reader(user, reading))
        return replace(reading.done(), other_access=self._texts.read(around_boundaries(reading.objects.values())))

    def other_access(self, watch: Watch, seen: Observation) -> OtherAccess:
        """Find other access in the account and on its other clusters."""
        found = self._surroundings.look(watch, seen.objects.values(), self._strangers, self._roles.last_listed)
        return found + OtherAccess(tuple(self._elsewhere(watch)))

    def read(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read the desired objects by name, without listing."""
        reading = ObservationBuilder({candidate.address for candidate in wanted}, grant)
        for candidate in sorted(wanted, key=lambda candidate: candidate.address.order):
            address = candidate.address
            if isinstance(candidate, AccessKey):
                reading.add(address, self._key_reader(candidate.user, reading))
            else:
                adapter = self._tagged[candidate.kind]
                reading.add(address, self._reader(adapter, address, adapter.reference(candidate), reading))
        return reading.done()

    def create(self, wanted: EstateObject, mark: Mark) -> None:
        """Create the object with its mark."""
        with aws_errors(str(wanted.address)):
            self._adapter(wanted.kind).create(wanted, mark)

    def update(self, live: Observed, wanted: EstateObject, mark: Mark) -> None:
        """Change what differs, in place."""
        with aws_errors(str(wanted.address)):
            self._adapter(wanted.kind).update(live.object, wanted, live.mark, mark)

    def delete(self, live: Observed) -> None:
        """Delete the object."""
        with aws_errors(str(live.object.address)):
            self._adapter(live.object.kind).delete(live.object, live.mark)

    def _adapter(self, kind: Kind) -> Any:
        return self._keys if kind is Kind.ACCESS_KEY else self._tagged[kind]

    def _candidates(
        self, kind: Kind, adapter: IamKind[Any], wanted: Sequence[EstateObject], reading: ObservationBuilder
    ) -> dict[Address, str]:
        """Return what to read, by address: the desired objects, and those with a name like the platform's."""
        with aws_errors(str(self._place)):
            listed = adapter.listed()
        by_lower_name = {name.lower(): name for name in listed}
        found = {
            Address(self._place, kind, name): reference
            for name, reference in listed.items()
            if kind is Kind.IDENTITY_PROVIDER or name.lower().startswith(self._prefixes)
        }
        for candidate in wanted:
            if candidate.kind is not kind:
                continue
            name = candidate.address.name
            taken = by_lower_name.get(name.lower(), name)
            if name not in listed and taken != name:
                reading.refuse(candidate.address, _taken(kind, taken))
            else:
                found[candidate.address] = listed.get(name) or adapter.reference(candidate)
        return found

    def _reader(
        self, adapter: IamKind[Any], address: Address, reference: str, reading: ObservationBuilder
    ) -> Callable[[], Observed | None]:
        def read() -> Observed | None:
            head = adapter.head(reference)
            if head is None:
                return None
            check_named(address.name, head.name)
            if not reading.concerns(address, head.mark):
                if address.kind in (Kind.USER, Kind.ROLE):
                    self._strangers.append(Stranger(address.kind, head))
                return None
            wanted = reading.wants(address)
            observed = adapter.observed(head)
            if head.mark is not None and wanted:
                return observed
            return replace(observed, used_by=adapter.used_by(head, wanted=wanted))

        return read

    def _key_users(self, wanted: Sequence[EstateObject], reading: ObservationBuilder) -> list[str]:
        asked = {candidate.user for candidate in wanted if isinstance(candidate, AccessKey)}
        marked = {
            observed.object.name
            for observed in reading.objects.values()
            if isinstance(observed.object, User) and reading.is_marked(observed.mark)
        }
        return sorted(asked | marked)

    def _key_reader(self, user: str, reading: ObservationBuilder) -> Callable[[], Observed | None]:
        def read() -> Observed | None:
            is_wanted = reading.wants(Address(self._place, Kind.ACCESS_KEY, user))
            holder = reading.objects.get(Address(self._place, Kind.USER, user))
            if holder is not None:
                return self._keys.observed(user, holder.mark, holder.owner, is_wanted=is_wanted)
            head = self._tagged[Kind.USER].head(user)
            if head is None:
                return None
            check_named(user, head.name)
            return self._keys.observed(user, head.mark, owner_of(head.tags), is_wanted=is_wanted)

        return read


def _taken(kind: Kind, name: str) -> LeastwayError:
    return LeastwayError(
        f"the {kind.value} {name} exists, and IAM does not allow names that differ only in case",
        fix="delete that one, or use another name in the grant",
    )
