"""`humanitec/k8s-cluster-eks`: a cluster of EKS, found by its name and reached with tokens that are never stored.

DescribeCluster and the tokens are signed with the node's cloud account, or with keys that the definition has inline:
they work, and a warning says what is better. No credential is an output. The connection goes through the proxy of an
agent (`agent_url`), another proxy (`proxy_url`), or none.
Source: Humanitec's documentation, "k8s-cluster-eks"; EKS API Reference, Cluster.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from leastway.errors import InvalidInputError, LeastwayError
from leastway.kube import BearerToken, Connection
from leastway.orchestrator.drivers.interface import ClusterSigner, Means, Node, Provided
from leastway.ports import ClusterDescription, SessionKeys
from leastway.primitives import ProxyAddress, Secret
from leastway.registry import EKS, read_account_credentials

__all__ = ["connect_cluster", "k8s_cluster_eks"]

_ACTIVE: Final = "ACTIVE"
_PASSED_ON: Final = ("loadbalancer", "loadbalancer_hosted_zone")
_INLINE: Final = (
    "the definition has the long-term key of an IAM user inline, which works until somebody rotates it. Register a "
    "cloud account of type aws-role instead, and name it in driver_account"
)


def k8s_cluster_eks(node: Node, means: Means) -> Provided:
    """Return what DescribeCluster says about an ACTIVE cluster.

    Errors: InvalidInputError for the inputs; LeastwayError if the cluster is not ACTIVE, or its answer cannot be used.
    """
    signer = _signer(node)
    _proxy(node)
    region, name = _text(node, "region"), _text(node, "name")
    passed_on = {each: _text(node, each) for each in _PASSED_ON if node.values.get(each) is not None}
    found = means.clusters.describe(signer, region, name)
    _check(found, node)
    return Provided(
        values={
            "name": found.name,
            "region": region,
            "cluster_type": "eks",
            "endpoint": found.endpoint,
            "certificate_authority": found.authority,
            **passed_on,
        },
        is_live=True,
        warnings=(_INLINE,) if isinstance(signer.by, SessionKeys) else (),
    )


def connect_cluster(node: Node, provided: Provided, means: Means) -> Connection:
    """Return a connection to the cluster of a node that `k8s_cluster_eks` provided. The caller closes it.

    Errors: InvalidInputError for a node of another driver; LeastwayError for a CA that is not a certificate.
    """
    if node.driver != EKS:
        fix = f"write a definition of the driver {EKS}"
        raise InvalidInputError(
            f"deployments do not reach clusters of the driver {node.driver}", where=node.where, fix=fix
        )
    values = provided.values
    signer, region, name = _signer(node), values["region"], values["name"]

    def sign() -> BearerToken:
        return means.clusters.token(signer, region, name)

    return Connection(
        values["endpoint"],
        values["certificate_authority"],
        sign,
        where=f"cluster {name} in {region}",
        proxy=_proxy(node),
    )


def _check(found: ClusterDescription, node: Node) -> None:
    if found.status != _ACTIVE:
        raise LeastwayError(
            f"the cluster {found.name} is {found.status or 'in no known state'}, not {_ACTIVE}",
            where=node.where,
            fix="wait until EKS shows it as ACTIVE, then deploy again",
        )
    try:
        parts = urlsplit(found.endpoint)
        is_usable = parts.scheme == "https" and bool(parts.hostname) and (parts.port or 443) > 0
        has_more = bool(parts.query or parts.fragment or parts.username or parts.path.strip("/"))
    except ValueError:
        is_usable, has_more = False, False
    if not is_usable or has_more:
        raise LeastwayError(
            "the cluster's endpoint is not an https address", where=node.where, fix="look at it with DescribeCluster"
        )
    if not found.authority:
        raise LeastwayError(
            "the cluster has no certificate authority", where=node.where, fix="look at it with DescribeCluster"
        )


def _signer(node: Node) -> ClusterSigner:
    """Return the account, or the inline keys. Errors: InvalidInputError if there is none, or both."""
    inline = node.secrets.get("credentials")
    if inline is None:
        if node.account is None:
            raise InvalidInputError(
                "it names no cloud account",
                where=f"{node.where}: driver_account",
                fix="name an account of type aws-role whose role may describe the cluster",
            )
        return ClusterSigner(node.definition, node.account)
    if node.account is not None:
        raise InvalidInputError(
            "it has a cloud account and credentials of its own",
            where=f"{node.where}: driver_inputs.secrets.credentials",
            fix="remove the credentials",
        )
    return ClusterSigner(node.definition, _inline_keys(node, inline))


def _inline_keys(node: Node, inline: Any) -> SessionKeys:
    """Return keys in the form of the onboarding document: an object, or a string of its JSON."""
    where = f"{node.where}: driver_inputs.secrets.credentials"
    written = _revealed(inline)
    if isinstance(written, str):
        try:
            written = json.loads(written)
        except (ValueError, RecursionError):
            written = None
    try:
        found = read_account_credentials("aws", written)
    except InvalidInputError as error:
        at = f"{where}{(error.where or '').removeprefix('credentials')}"
        raise InvalidInputError(error.what, where=at, fix=error.fix) from None
    return SessionKeys(found.key_id, found.secret)  # type: ignore[union-attr]  # the type aws has keys


def _revealed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _revealed(member) for name, member in value.items()}
    return value.reveal() if isinstance(value, Secret) else value


def _proxy(node: Node) -> ProxyAddress | None:
    url, agent_url = node.values.get("proxy_url"), node.secrets.get("agent_url")
    if url is not None and agent_url is not None:
        raise InvalidInputError(
            "it has an agent_url and a proxy_url", where=f"{node.where}: driver_inputs", fix="keep one of them"
        )
    where = f"{node.where}: driver_inputs.{'secrets.agent_url' if agent_url is not None else 'values.proxy_url'}"
    found = agent_url if agent_url is not None else url
    if found is None:
        return None
    if not isinstance(found, str | Secret):
        raise InvalidInputError("it is not a URL", where=where, fix="write ${resources['agent#agent'].outputs.url}")
    return ProxyAddress.parse(found.reveal() if isinstance(found, Secret) else found, where=where)


def _text(node: Node, name: str) -> str:
    value = node.values.get(name)
    if not isinstance(value, str) or not value:
        what = "it is missing" if value is None else "it is not a text"
        raise InvalidInputError(what, where=f"{node.where}: driver_inputs.values.{name}", fix="write it as a string")
    return value
