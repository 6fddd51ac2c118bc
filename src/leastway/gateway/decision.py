"""The verdict on a call under the contract of the run's account.

1. The policies are those of the session's role in the contract, or of the platform's principal without a role. A role
   that the contract does not have is refused.
2. Each access of the call is decided by `leastway.policy.partly`: some keys (the tags of resources above all) and some
   resources are not visible to a proxy.
3. One access that is denied for every value of what is not visible refuses the call. If all are allowed for every
   value, the contract allows it. Otherwise AWS decides, and the entry says so.
4. A call whose actions are not known is refused where the contract is enforced, and forwarded where it is observed.

Without a contract everything is observed: the run says so, and AWS decides by the policies of the role alone.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

from leastway.aws.calls import Access, Call, services_with_prefixes
from leastway.errors import InvalidInputError
from leastway.gateway.authority import Decision, RunTerms
from leastway.policy import Effect
from leastway.policy.partly import PartlyDecided, PartlyKnownPolicies, PartlyKnownRequest, Truth
from leastway.primitives import read_bounded_json
from leastway.proof import Contract, ContractDocument, parse_contract

__all__ = ["ContractVerdicts", "services_of", "verdicts_of"]

_MOST_SHOWN: Final = 300
"""Characters of a resource in a message."""


def verdicts_of(terms: RunTerms) -> ContractVerdicts:
    """Return the verdicts for a run.

    Errors: InvalidInputError for a contract that cannot be read: the run must not begin.
    """
    document = None if terms.contract is None else parse_contract(_json(terms.contract))
    return ContractVerdicts(document, enforces=terms.enforce, source_ip=terms.source_ip)


def _json(text: str) -> object:
    try:
        return read_bounded_json(text.encode())
    except ValueError as error:
        raise InvalidInputError(f"it cannot be read: {error}", where="the contract", fix="register it again") from None


def services_of(contract: Contract) -> tuple[str, ...]:
    """Return botocore's names of the services that a contract allows anything of, with STS; none if it allows any.

    `Hosts` is bounded by them: a run need not reach the endpoints of other services.
    """
    bounds = [contract.bound, *(role.bound for role in contract.roles.values())]
    statements = [each for bound in bounds for one in bound.identity for each in one.statements]
    prefixes = {"sts"}
    for statement in statements:
        if statement.effect is not Effect.ALLOW:
            continue
        if statement.actions is None:
            return ()
        for action in statement.actions:
            prefix = action.partition(":")[0].lower()
            if prefix == "*":
                return ()
            prefixes.add(prefix)
    return tuple(sorted(services_with_prefixes(frozenset(prefixes))))


class ContractVerdicts:
    """The verdicts of one run. Thread-safe.

    Without `document`, or if it `enforces` nothing, no call is refused: what the contract would refuse is observed.
    """

    def __init__(self, document: ContractDocument | None, *, enforces: bool, source_ip: str | None = None) -> None:
        self._contract = document.contract if document is not None else None
        self._enforces = enforces
        self._source_ip = source_ip
        self._compiled: dict[str | None, PartlyKnownPolicies] = {}

    @property
    def services(self) -> tuple[str, ...]:
        """The services that the run may reach, by botocore's names; none if nothing bounds them."""
        return services_of(self._contract) if self._contract is not None and self._enforces else ()

    def decide(self, call: Call, role: str | None, /) -> tuple[Decision, str]:
        """Return who decides about a call with the session of `role` (None: the account's own key).

        The text says why a call is refused, or what AWS's decision depends on.
        """
        decision, reason = self._decide(call, role)
        if decision is Decision.REFUSED and not self._enforces:
            return Decision.OBSERVED, reason
        return decision, reason

    def _decide(self, call: Call, role: str | None) -> tuple[Decision, str]:
        if self._contract is None:
            return Decision.OBSERVED, "the contract of the account is not known"
        if not call.accesses:
            return Decision.REFUSED, f"it is not known which permissions {call.name} needs"
        principal = role if role is not None else self._contract.principal
        policies = self._policies(role)
        if policies is None or principal is None:
            return Decision.REFUSED, f"{role or 'a principal without a role'} is not in the account's contract"
        keys = self._keys_of(principal)
        depends_on: dict[str, None] = {}
        for access in call.accesses:
            found = policies.decide(_known(access, principal, keys, self._contract.account))
            if found.allowed is Truth.NO:
                return Decision.REFUSED, _why(access, found)
            depends_on.update(dict.fromkeys(found.depends_on))
        if depends_on:
            return Decision.DECIDED_BY_AWS, f"depends on {', '.join(sorted(depends_on))}"
        return Decision.ALLOWED, ""

    def _policies(self, role: str | None) -> PartlyKnownPolicies | None:
        found = self._compiled.get(role)
        if found is None and self._contract is not None:
            bound = self._contract.bound if role is None else self._contract.bound_of(role)
            if bound is None:
                return None
            found = self._compiled[role] = PartlyKnownPolicies(bound)
        return found

    def _keys_of(self, principal: str) -> Mapping[str, str | None]:
        """Return the keys that follow from who calls and from where; see `policy.requests`."""
        keys = _keys_of(principal)
        return keys if self._source_ip is None else {**keys, "aws:sourceip": self._source_ip}


@functools.lru_cache(1024)
def _keys_of(principal: str) -> Mapping[str, str | None]:
    _, _, name = principal.rpartition(":")
    is_user = name.startswith("user/")
    return {
        "aws:principalarn": principal,
        "aws:principalaccount": principal.split(":")[4],
        "aws:principaltype": "User" if is_user else "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:username": name.rpartition("/")[2] if is_user else None,
    }


def _known(access: Access, principal: str, keys: Mapping[str, str | None], account: str) -> PartlyKnownRequest:
    context = {**keys, **access.context}
    if access.context.get("aws:viaawsservice") != "false":
        context.pop("aws:sourceip", None)  # a service that acts for the caller has no address of the caller's
    if access.resource is not None and not access.is_pattern and access.resource.split(":")[4:5] == [account]:
        context["aws:resourceaccount"] = account
    return PartlyKnownRequest(principal, access.action, access.resource, access.is_pattern, context)


def _why(access: Access, found: PartlyDecided) -> str:
    on = f" on {access.resource[:_MOST_SHOWN]}" if access.resource not in (None, "*") else ""
    if found.statement is not None:
        sid = f" ({found.statement.sid})" if found.statement.sid else ""
        return f"the grant's contract denies {access.action}{on} by a Deny statement{sid}"
    bound = f", because its {found.missing.value} policies lack it" if found.missing is not None else ""
    return f"the grant's contract does not allow {access.action}{on}{bound}"
