"""The contract of one account as a JSON document, which the platform's server keeps and enforces.

Rules:
1. The bytes are canonical: members sorted, no spaces, UTF-8. The digest is the SHA-256 of these bytes, in hexadecimal.
2. Reading what was written gives the same bounds, so the same decisions. The external ids, the ways in that contain
   them, and the needs are left out: a server keeps external ids in custody alone, and needs are for proofs.
3. A document that is not exactly of this form is refused. Nothing in it is ignored: what a reader does not know may be
   a limit.
4. An AWS managed policy is in the document as text if it could be read, else by its ARN in `unread`. Who enforces the
   contract does not know what such a policy allows, and treats it as nothing.

docs/contract.md describes the format.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from leastway.errors import InvalidInputError
from leastway.estate import RoleIds
from leastway.grant import Account, Grant, GroupAccess, PolicyAccess
from leastway.policy import Document, PolicyError, PolicyKind, PolicySet, parse_policy
from leastway.policy.model import render
from leastway.primitives import AccountId
from leastway.proof.contract import Contract, RoleContract
from leastway.rbac import RbacRule, may_allow

__all__ = [
    "FORMAT",
    "ClusterContract",
    "ContractDocument",
    "NamespaceAccess",
    "access_in",
    "document_of",
    "parse_contract",
]

FORMAT: Final = "leastway.dev/contract/v1"
_NO_IDS = RoleIds("")
_FIX = "send what `leastway register` writes; docs/contract.md has the format"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class NamespaceAccess:
    """What the platform may do in a cluster: an EKS access policy, or RBAC rules as a group.

    It holds in `namespaces`, or in the whole cluster without any.
    """

    namespaces: tuple[str, ...] = ()
    policy: str = ""
    group: str = ""
    rules: tuple[RbacRule, ...] = ()

    def may_allow(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Return whether this may allow a call in a namespace, or in the whole cluster if that is empty."""
        wanted = RbacRule((group,), (resource,), (verb,))
        return may_allow(None if self.policy else self.rules, self.namespaces, wanted, namespace)


@dataclass(frozen=True, slots=True)
class ClusterContract:
    """One cluster of the account, and everything that the platform may do in it."""

    region: str
    name: str
    access: tuple[NamespaceAccess, ...]


@dataclass(frozen=True, slots=True)
class ContractDocument:
    """The contract of one account of a grant, with the rules of its clusters."""

    grant: str
    platform: str
    contract: Contract
    clusters: tuple[ClusterContract, ...]

    @property
    def content(self) -> bytes:
        """The canonical bytes."""
        return json.dumps(self._written(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def _written(self) -> dict[str, Any]:
        contract = self.contract
        return {
            "format": FORMAT,
            "grant": self.grant,
            "platform": self.platform,
            "account": contract.account,
            "principal": contract.principal,
            "bound": _written_set(contract.bound),
            "roles": {name: _written_role(role) for name, role in contract.roles.items()},
            "clusters": [
                {"region": one.region, "name": one.name, "access": [_written_access(each) for each in one.access]}
                for one in self.clusters
            ],
        }


def _cluster_contracts(account: Account) -> tuple[ClusterContract, ...]:
    """Return what the grant allows in each cluster of an account."""
    return tuple(
        ClusterContract(cluster.region, cluster.name, tuple(map(_access, cluster.access)))
        for cluster in account.clusters
    )


def document_of(grant: Grant, account: Account, contract: Contract) -> ContractDocument:
    """Return the document of an account's contract."""
    platform = f"{grant.platform.name} {grant.platform.version}"
    return ContractDocument(grant.name, platform, contract, _cluster_contracts(account))


def parse_contract(written: object) -> ContractDocument:
    """Read a document from JSON values. Errors: InvalidInputError whose `where` is the member."""
    top = _members(
        written,
        "",
        ("format", "grant", "platform", "account", "principal", "bound", "roles", "clusters"),
    )
    if top["format"] != FORMAT:
        raise _invalid("format", f"it is not {FORMAT}")
    principal = None if top["principal"] is None else _text(top["principal"], "principal")
    account = _account(top["account"])
    contract = Contract(
        account,
        principal,
        _policy_set(top["bound"], "bound"),
        (),
        {name: _role(one, f"roles.{name}") for name, one in _mapping(top["roles"], "roles").items()},
    )
    clusters = _list(top["clusters"], "clusters", _cluster)
    return ContractDocument(_text(top["grant"], "grant"), _text(top["platform"], "platform"), contract, clusters)


def access_in(contracts: Iterable[ContractDocument], region: str, name: str) -> tuple[NamespaceAccess, ...]:
    """Return everything that contracts give in clusters of this region and name."""
    clusters = (one for contract in contracts for one in contract.clusters)
    return tuple(each for one in clusters if (one.region, one.name) == (region, name) for each in one.access)


def _access(access: PolicyAccess | GroupAccess) -> NamespaceAccess:
    if isinstance(access, PolicyAccess):
        return NamespaceAccess(access.namespaces, policy=access.policy.value)
    return NamespaceAccess(access.namespaces, group=access.group, rules=access.rules.rules)


def _written_access(access: NamespaceAccess) -> dict[str, Any]:
    where = {"namespaces": list(access.namespaces)}
    if access.policy:
        return {"policy": access.policy, **where}
    return {"group": access.group, "rules": [rule.render() for rule in access.rules], **where}


def _written_role(role: RoleContract) -> dict[str, Any]:
    return {
        "arn": role.arn,
        "assumed_by": role.assumed_by,
        "addresses": list(role.addresses),
        "bound": _written_set(role.bound),
        "unread": list(role.unread),
    }


def _written_set(bound: PolicySet) -> dict[str, Any]:
    return {
        "identity": [render(document) for document in bound.identity],
        "boundary": [render(document) for document in bound.boundary],
    }


def _role(written: object, where: str) -> RoleContract:
    found = _members(written, where, ("arn", "assumed_by", "addresses", "bound", "unread"))
    return RoleContract(
        arn=_text(found["arn"], f"{where}.arn"),
        assumed_by=_text(found["assumed_by"], f"{where}.assumed_by"),
        external_ids=_NO_IDS,
        addresses=_list(found["addresses"], f"{where}.addresses", _text),
        bound=_policy_set(found["bound"], f"{where}.bound"),
        ways_in=(),
        needs=(),
        unread=_list(found["unread"], f"{where}.unread", _text),
    )


def _policy_set(written: object, where: str) -> PolicySet:
    found = _members(written, where, ("identity", "boundary"))
    identity = _list(found["identity"], f"{where}.identity", _policy_of(PolicyKind.IDENTITY))
    boundary = _list(found["boundary"], f"{where}.boundary", _policy_of(PolicyKind.BOUNDARY))
    if not boundary:
        raise _invalid(f"{where}.boundary", "it is empty, and a contract always has the platform's addresses there")
    return PolicySet(identity=identity, boundary=boundary)


def _policy_of(kind: PolicyKind) -> Callable[[object, str], Document]:
    def read(written: object, where: str) -> Document:
        try:
            return parse_policy(_mapping(written, where), kind=kind)
        except PolicyError as error:
            raise _invalid(f"{where}{error.pointer}", error.what) from error

    return read


def _cluster(written: object, where: str) -> ClusterContract:
    found = _members(written, where, ("region", "name", "access"))
    return ClusterContract(
        _text(found["region"], f"{where}.region"),
        _text(found["name"], f"{where}.name"),
        _list(found["access"], f"{where}.access", _namespace_access),
    )


def _namespace_access(written: object, where: str) -> NamespaceAccess:
    is_policy = "policy" in _mapping(written, where)
    found = _members(written, where, ("policy", "namespaces") if is_policy else ("group", "rules", "namespaces"))
    namespaces = _list(found["namespaces"], f"{where}.namespaces", _text)
    if is_policy:
        return NamespaceAccess(namespaces, policy=_text(found["policy"], f"{where}.policy"))
    rules = _list(found["rules"], f"{where}.rules", _rule)
    return NamespaceAccess(namespaces, group=_text(found["group"], f"{where}.group"), rules=rules)


_RULE: Final = ("apiGroups", "resources", "resourceNames", "nonResourceURLs", "verbs")


def _rule(written: object, where: str) -> RbacRule:
    found = _mapping(written, where)
    for name in found:
        if name not in _RULE:
            raise _invalid(f"{where}.{name[:50]}", "unknown field")
    return RbacRule.parse({name: _list(one, f"{where}.{name}", _any_text) for name, one in found.items()})


def _members(written: object, where: str, names: tuple[str, ...]) -> Mapping[str, Any]:
    found = _mapping(written, where)
    place = f"{where}." if where else ""
    for name in names:
        if name not in found:
            raise _invalid(f"{place}{name}", "it is missing")
    for name in found:
        if name not in names:
            raise _invalid(f"{place}{name[:50]}", "unknown field")
    return found


def _mapping(written: object, where: str) -> Mapping[str, Any]:
    if not isinstance(written, dict) or not all(isinstance(name, str) for name in written):
        raise _invalid(where, "it is not an object")
    return written


def _list(written: object, where: str, read: Callable[[object, str], Value]) -> tuple[Value, ...]:
    if not isinstance(written, list):
        raise _invalid(where, "it is not a list")
    return tuple(read(one, f"{where}[{number}]") for number, one in enumerate(written))


def _text(written: object, where: str) -> str:
    if not isinstance(written, str) or not written or len(written) > 2048 or not written.isprintable():
        raise _invalid(where, "it is not a text of 1 to 2,048 characters that print")
    return written


def _any_text(written: object, where: str) -> str:
    """Return a text that may be empty, such as the core API group."""
    return written if written == "" else _text(written, where)


def _account(written: object) -> str:
    text = _text(written, "account")
    if re.fullmatch(r"\d{12}", text, re.ASCII) is None:
        raise _invalid("account", "it is not an AWS account id")
    return AccountId(text)


def _invalid(where: str, what: str) -> InvalidInputError:
    return InvalidInputError(what, where=where or "the contract", fix=_FIX)
