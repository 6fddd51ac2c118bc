"""Deployments in the database: found, changed, their resources, and the inventory of what they brought to clusters."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from leastway.registry import (
    DeployedObject,
    Deployment,
    DeploymentError,
    DeploymentNode,
    DeploymentPhase,
    DeploymentStatus,
    NodeStatus,
    ResourceKey,
)
from leastway.store.deployment_schema import cluster_identities, deployed_objects, deployment_nodes, deployments
from leastway.store.run_schema import run_lines

__all__ = ["Deployments"]

_UNFINISHED = tuple(status.value for status in DeploymentStatus if not status.is_end)
"""What `IN` finds by an index, and `NOT IN` the ends does not."""


class Deployments:
    """Deployments, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def add(self, deployment: Deployment) -> None:
        """Store a new deployment."""
        values = {column.name: _written(getattr(deployment, column.name)) for column in deployments.c}
        self._connection.execute(insert(deployments), values)

    def find(self, identifier: str, place: tuple[str, str, str] | None = None) -> Deployment | None:
        """Return a deployment; with the `place` (organization, application, environment), only one of it."""
        mine = [deployments.c.id == identifier, *([] if place is None else _place(deployments, place))]
        row = self._connection.execute(select(deployments).where(*mine)).first()
        return None if row is None else _deployment(row)

    def of_application(self, organization: str, application: str, identifier: str) -> Deployment | None:
        """Return a deployment of any environment of an application."""
        mine = (deployments.c.organization == organization, deployments.c.application == application)
        row = self._connection.execute(select(deployments).where(*mine, deployments.c.id == identifier)).first()
        return None if row is None else _deployment(row)

    def of(self, organization: str, application: str, environment: str) -> tuple[Deployment, ...]:
        """Return the deployments of an environment, the newest first, without dry runs."""
        mine = (*_place(deployments, (organization, application, environment)), deployments.c.is_dry_run.is_(False))
        query = select(deployments).where(*mine).order_by(deployments.c.created_at.desc(), deployments.c.id)
        return tuple(map(_deployment, self._connection.execute(query)))

    def last(self, organization: str, application: str, environment: str) -> Deployment | None:
        """Return the newest deployment of an environment, without dry runs."""
        mine = (*_place(deployments, (organization, application, environment)), deployments.c.is_dry_run.is_(False))
        query = select(deployments).where(*mine).order_by(deployments.c.created_at.desc(), deployments.c.id).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else _deployment(row)

    def unfinished(self) -> tuple[Deployment, ...]:
        """Return the deployments of all organizations that have not ended, the oldest first."""
        query = select(deployments).where(deployments.c.status.in_(_UNFINISHED))
        ordered = query.order_by(deployments.c.created_at, deployments.c.id)
        return tuple(map(_deployment, self._connection.execute(ordered)))

    def unfinished_in(self, organization: str, application: str, environment: str) -> Deployment | None:
        """Return the deployment of an environment that has not ended."""
        mine = (*_place(deployments, (organization, application, environment)), deployments.c.status.in_(_UNFINISHED))
        row = self._connection.execute(select(deployments).where(*mine).limit(1)).first()
        return None if row is None else _deployment(row)

    def change(self, identifier: str, **values: Any) -> bool:
        """Store new values of fields of a deployment that has not ended; return whether there is one.

        With a new status, the time of the change is stored too.
        """
        mine = (deployments.c.id == identifier, deployments.c.status.in_(_UNFINISHED))
        written = {name: _written(value) for name, value in values.items()}
        if "status" in values:
            written["status_changed_at"] = self._now
        return bool(self._connection.execute(update(deployments).where(*mine).values(written)).rowcount)

    def delete_all(self, organization: str, application: str, environment: str) -> None:
        """Delete the deployments of an environment, with their logs, resources and inventory."""
        place = (organization, application, environment)
        mine = select(deployments.c.id).where(*_place(deployments, place))
        self._connection.execute(delete(run_lines).where(run_lines.c.run.in_(mine)))
        self._connection.execute(delete(deployment_nodes).where(deployment_nodes.c.deployment.in_(mine)))
        self._connection.execute(delete(deployments).where(*_place(deployments, place)))
        self._connection.execute(delete(deployed_objects).where(*_place(deployed_objects, place)))

    # --- resources -------------------------------------------------------------------------------------------------

    def freeze(self, deployment: str, nodes: Iterable[DeploymentNode]) -> None:
        """Store the resources of a deployment, in place of what was stored before."""
        table = deployment_nodes
        self._connection.execute(delete(table).where(table.c.deployment == deployment))
        if rows := [_node_values(one) for one in nodes]:
            self._connection.execute(insert(table), rows)

    def nodes(self, deployment: str) -> tuple[DeploymentNode, ...]:
        """Return the resources of a deployment, in the order of provisioning."""
        table = deployment_nodes
        query = select(table).where(table.c.deployment == deployment).order_by(table.c.number)
        return tuple(map(_node, self._connection.execute(query)))

    def has_run(self, place: tuple[str, str, str], run: str) -> bool:
        """Return whether a deployment of an environment provisioned a resource with this run."""
        table = deployment_nodes
        mine = (deployments.c.id == table.c.deployment, *_place(deployments, place), table.c.run == run)
        return self._connection.execute(select(table.c.number).where(*mine).limit(1)).first() is not None

    def change_node(self, node: DeploymentNode, **values: Any) -> None:
        """Store new values of fields of a resource."""
        table = deployment_nodes
        mine = (table.c.deployment == node.deployment, table.c.number == node.number)
        written = {name: _written(value) for name, value in values.items()}
        self._connection.execute(update(table).where(*mine).values(written))

    # --- inventory -------------------------------------------------------------------------------------------------

    def objects(self, organization: str, application: str, environment: str) -> tuple[DeployedObject, ...]:
        """Return what deployments brought to the cluster of an environment."""
        table = deployed_objects
        query = select(table).where(*_place(table, (organization, application, environment)))
        order = (table.c.version, table.c.kind, table.c.namespace, table.c.name)
        return tuple(DeployedObject(**row._mapping) for row in self._connection.execute(query.order_by(*order)))

    def put_object(self, one: DeployedObject) -> None:
        """Store an object, in place of the one with its name; a uid that is known stays if the new one is None."""
        values = asdict(one)
        mine = _object(one)
        changed = {name: value for name, value in values.items() if name != "uid" or value is not None}
        if not self._connection.execute(update(deployed_objects).where(*mine).values(changed)).rowcount:
            self._connection.execute(insert(deployed_objects), values)

    def forget_object(self, one: DeployedObject) -> None:
        """Remove an object from the inventory: it is not in the cluster any more, or not ours."""
        self._connection.execute(delete(deployed_objects).where(*_object(one)))

    def cluster(self, guresid: str) -> tuple[str, str] | None:
        """Return the identity of the cluster that a resource was: the digest of its CA, and the uid of kube-system."""
        table = cluster_identities
        row = self._connection.execute(select(table).where(table.c.guresid == guresid)).first()
        return None if row is None else (row.authority, row.uid)

    def record_cluster(self, guresid: str, organization: str, authority: str, uid: str, deployment: str) -> None:
        """Store the identity of a cluster, to which nothing was deployed before."""
        values = {
            "guresid": guresid,
            "organization": organization,
            "authority": authority,
            "uid": uid,
            "deployment": deployment,
            "recorded_at": self._now,
        }
        self._connection.execute(insert(cluster_identities), values)

    def forget_cluster(self, guresid: str) -> None:
        """Forget which cluster a resource was, and what deployments brought there."""
        self._connection.execute(delete(cluster_identities).where(cluster_identities.c.guresid == guresid))
        self._connection.execute(delete(deployed_objects).where(deployed_objects.c.cluster == guresid))


def _place(table: Any, place: tuple[str, str, str]) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.organization == place[0],
        table.c.application == place[1],
        table.c.environment == place[2],
    )


def _object(one: DeployedObject) -> tuple[ColumnElement[bool], ...]:
    table = deployed_objects
    return (
        *_place(table, (one.organization, one.application, one.environment)),
        table.c.version == one.version,
        table.c.kind == one.kind,
        table.c.namespace == one.namespace,
        table.c.name == one.name,
    )


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return json.dumps([asdict(one) if isinstance(one, DeploymentError) else one for one in value])
    return value.value if isinstance(value, DeploymentStatus | DeploymentPhase | NodeStatus) else value


def _deployment(row: Row[Any]) -> Deployment:
    columns = dict(row._mapping)
    columns["status"] = DeploymentStatus(columns["status"])
    columns["phase"] = None if columns["phase"] is None else DeploymentPhase(columns["phase"])
    columns["errors"] = tuple(DeploymentError(**one) for one in json.loads(columns["errors"]))
    return Deployment(**columns)


def _node_values(node: DeploymentNode) -> dict[str, Any]:
    names = [column.name for column in deployment_nodes.c if column.name not in ("type", "class", "resource")]
    key = {"type": node.key.type, "class": node.key.resource_class, "resource": node.key.id}
    return {name: _written(getattr(node, name)) for name in names} | key


def _node(row: Row[Any]) -> DeploymentNode:
    columns = dict(row._mapping)
    key = ResourceKey(columns.pop("type"), columns.pop("class"), columns.pop("resource"))
    columns["depends_on"] = tuple(json.loads(columns["depends_on"]))
    columns["status"] = NodeStatus(columns["status"])
    return DeploymentNode(key=key, **columns)
