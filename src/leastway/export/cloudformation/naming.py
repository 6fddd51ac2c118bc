"""The names of the objects in a template, and texts with values that are known only at deployment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leastway.estate import AccessEntry, IdentityProvider, ManagedPolicy, Role, User
from leastway.export.cloudformation.functions import ACCOUNT_ID, Join, Ref, Sub, plain
from leastway.export.cloudformation.parts import Part, StackObject
from leastway.export.texts import with_texts

__all__ = ["Naming"]

Named = ManagedPolicy | User | Role


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of the objects in one template.

    `logical` has the logical id of each object by its address. With `parameters`, the names of IAM objects are
    parameters; without, they are texts that contain the account's own id, so that one template serves many accounts.
    """

    account: str
    logical: Mapping[str, str]
    parameters: Mapping[str, str]
    """The parameter with the name of each IAM object, by the ARN of the object."""

    @classmethod
    def of(cls, part: Part, *, with_parameters: bool) -> Naming:
        """Name the objects of `part`."""
        logical = _logical_ids(part)
        named = [each for each in part.objects if isinstance(each, Named)] if with_parameters else []
        return cls(part.account, logical, {each.arn: f"{logical[str(each.address)]}Name" for each in named})

    def id_of(self, each: StackObject) -> str:
        """Return the logical id of an object."""
        return self.logical[str(each.address)]

    def name(self, each: Named) -> Any:
        """Return the name of an IAM object."""
        parameter = self.parameters.get(each.arn)
        return Ref(parameter) if parameter else self.text(each.name, str(each.address))

    def text(self, text: str, where: str) -> Any:
        """Return a text with its values at deployment: names that are parameters, and the account's own id."""
        parameter = self.parameters.get(text)
        if parameter is None and self.account not in text:
            return plain(text, where)
        checked = plain(text, where)
        if parameter:
            head = checked.rpartition("/")[0] + "/"
            return Sub(head.replace(self.account, "${AWS::AccountId}") + f"${{{parameter}}}")
        if "${" not in text:
            return Sub(checked.replace(self.account, "${AWS::AccountId}"))
        first, *others = checked.split(self.account)
        joined = (first, *(part for other in others for part in (ACCOUNT_ID, other)))
        return Join(tuple(part for part in joined if part))

    def json(self, value: Any, where: str) -> Any:
        """Return the JSON of a policy, with `text` applied to every string."""
        return with_texts(plain(value, where), lambda text: self.text(text, where))


def _logical_ids(part: Part) -> dict[str, str]:
    """Return ids of only letters and digits, without the account id: the same for the same objects in any account."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for each in part.objects:
        words = _words(each, part.account)
        base = "".join(word[:1].upper() + word[1:] for word in words)
        found, number = base, 1
        while found in taken:
            number += 1
            found = f"{base}{number}"
        taken.add(found)
        ids[str(each.address)] = found
    return ids


def _words(each: StackObject, account: str) -> Iterable[str]:
    if isinstance(each, Named):
        return [
            *re.findall("[A-Za-z0-9]+", each.name.replace(account, "")),
            type(each).__name__.removeprefix("Managed"),
        ]
    if isinstance(each, IdentityProvider):
        return [*re.findall("[A-Za-z0-9]+", each.host), "IdentityProvider"]
    cluster = re.findall("[A-Za-z0-9]+", each.place.cluster)
    return [*cluster, "AccessEntry" if isinstance(each, AccessEntry) else each.policy.rpartition("/")[2]]
