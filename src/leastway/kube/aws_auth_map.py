"""Reads and edits the live ConfigMap kube-system/aws-auth of one cluster.

Every change goes through these steps, in this order:
1. read the ConfigMap and edit it in memory, which proves that no other mapping changes (`aws_auth`);
2. send it as a dry run, and check that the API server would store exactly what was sent;
3. keep a copy of the current ConfigMap;
4. replace it, with the resourceVersion that was read as a precondition; on a conflict, start again.
The mapping and the annotation that marks it are written in one update. EKS creates the ConfigMap with the first node
group. If it does not exist, leastway creates it with its own mapping only, and deletes it with its last mapping.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence

from leastway.aws_auth import AwsAuth, Flaw, merge, parse, remove
from leastway.errors import LeastwayError, in_words
from leastway.estate import Address, AwsAuthMapping, Kind, Mark, Observed, Place, Unreadable, annotation_key, arns_text
from leastway.kube.backups import BackupKeeper
from leastway.kube.connection import DELETE_OPTIONS, Connection, Json, Method
from leastway.kube.errors import ConflictError, ForbiddenError, NotFoundError
from leastway.kube.marks import claims
from leastway.kube.owners import host_of, owner_of
from leastway.kube.reading import CONFIG_MAPS, checked, read_one, removed
from leastway.ports import AlreadyThereError, Observation

__all__ = ["AwsAuthMap"]

_ALL = "/api/v1/namespaces/kube-system/configmaps"
_PATH = f"{_ALL}/aws-auth"
_MADE = "leastway.dev/made"
"""The annotation of a ConfigMap that leastway created."""
_MANAGER = {"fieldManager": "leastway"}
_DRY_RUN = {**_MANAGER, "dryRun": "All"}
_ATTEMPTS = 5
_NO_MAP: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "aws-auth", "namespace": "kube-system", "annotations": {_MADE: "true"}},
}
Edit = Callable[[Json], None]
"""Changes a ConfigMap in place; it may refuse with a LeastwayError."""


class AwsAuthMap:
    """The aws-auth mappings of one cluster, behind one connection."""

    def __init__(self, connection: Connection, place: Place, keeper: BackupKeeper) -> None:
        self._connection = connection
        self._place = place
        self._keeper = keeper

    def observe(
        self, wanted: Sequence[AwsAuthMapping], grant: str, shadowed: str = "", *, counts: bool = True
    ) -> Observation:
        """Read the wanted mappings, those claimed by the grant's annotation, and an unclaimed mapping of `shadowed`.

        A claimed mapping that was removed from the ConfigMap is returned with an empty username and no groups, so that
        it is restored or its claim is deleted. `shadowed` is an ARN that has an access entry; the entry takes
        precedence over aws-auth as long as it exists. If mapAccounts admits the ARN, it is returned as a mapping to its
        own ARN in no group. If the cluster uses aws-auth (`counts`), a ConfigMap with an uncertain meaning is
        unreadable, at the address `*` if no mapping is wanted.
        """
        try:
            live = self._read()
        except ForbiddenError as error:
            addresses = [each.address for each in wanted] or [self._whole_map]
            return Observation(unreadable=tuple(Unreadable(each, *in_words(error)) for each in addresses))
        if live is None:
            return Observation()
        read = parse(live.get("data") or {})
        claimed = claims(live["metadata"].get("annotations") or {}, grant)
        mappings = {
            arn: AwsAuthMapping(self._place, arn, "", frozenset()) for arn, by in claimed.items() if by == grant
        }
        mappings |= {each.arn.lower(): each for each in wanted}
        found: dict[Address, Observed] = {}
        unreadable: dict[Address, Flaw] = {}
        for arn, mapping in mappings.items():
            if obstacle := read.obstacle(arn, mapping.section):
                unreadable[mapping.address] = obstacle
            elif (seen := _seen(read, mapping, marked=arn in claimed)) is not None:
                mark = Mark(claimed[arn]) if arn in claimed else None
                found[mapping.address] = Observed(seen, mark, owner_of(live))
        if shadowed and shadowed.lower() not in {*mappings, *claimed}:
            stray = AwsAuthMapping(self._place, shadowed, "", frozenset())
            if obstacle := read.obstacle(shadowed) or read.account_obstacle(shadowed):
                unreadable[stray.address] = obstacle
            elif (seen := _seen(read, stray, marked=False) or _by_account(read, stray)) is not None:
                found[stray.address] = Observed(seen, None, owner_of(live))
        if counts and not unreadable and (obstacle := read.obstacle("")):
            unreadable[self._whole_map] = obstacle
        owner = host_of(live)
        hosts = {each.address: owner for each in wanted} if owner is not None else {}
        return Observation(found, tuple(_unreadable(*each) for each in unreadable.items()), hosts)

    def create(self, wanted: AwsAuthMapping, mark: Mark) -> None:
        """Add the mapping. Raises AlreadyThereError if its ARN has an entry."""

        def edit(live: Json) -> None:
            if any(parse(live["data"]).entries_for(wanted.arn)):
                raise AlreadyThereError("aws-auth already maps it", where=str(wanted.address), fix="plan again")
            _put(live, wanted, mark.grant)

        self._change(edit)

    def update(self, wanted: AwsAuthMapping, mark: Mark) -> None:
        """Make the entry of the ARN match `wanted`, and mark it."""

        def edit(live: Json) -> None:
            claimed = claims(live["metadata"]["annotations"], mark.grant)
            if wanted.arn.lower() not in claimed and not any(parse(live["data"]).entries_for(wanted.arn)):
                raise LeastwayError("it no longer exists", where=str(wanted.address), fix="plan again")
            _put(live, wanted, mark.grant)

        self._change(edit)

    def delete(self, mapping: AwsAuthMapping, mark: Mark) -> None:
        """Delete the mapping and its mark, if the mark still exists; a missing mapping is not an error."""

        def edit(live: Json) -> None:
            annotations = live["metadata"]["annotations"]
            arn = mapping.arn.lower()
            if claims(annotations, mark.grant).get(arn) != mark.grant:
                return
            live["data"] = dict(remove(live["data"], arn))
            _claim(annotations, mark.grant, arn, claimed=False)
            if not claims(annotations, mark.grant):
                annotations.pop(_MADE, None)

        self._change(edit)

    def read(self) -> AwsAuth:
        """Read the whole ConfigMap, including its flaws; a missing one is empty."""
        live = self._read()
        return parse((live or {}).get("data") or {})

    @property
    def _whole_map(self) -> Address:
        return Address(self._place, Kind.AWS_AUTH_MAPPING, "*")

    def _change(self, edit: Edit) -> None:
        for _ in range(_ATTEMPTS):
            live = self._read()
            after = copy.deepcopy(live or _NO_MAP)
            after["data"] = after.get("data") or {}
            after["metadata"]["annotations"] = after["metadata"].get("annotations") or {}
            edit(after)
            if live is not None and _content(after) == _content(live):
                return
            try:
                self._write(live, after)
            except (ConflictError, AlreadyThereError, NotFoundError):
                continue
            return
        raise ConflictError(
            f"aws-auth changed {_ATTEMPTS} times while leastway was editing it",
            where=str(self._place),
            fix="run the same command again",
        )

    def _write(self, live: Json | None, after: Json) -> None:
        """Store `after` as the replacement of `live`; delete a ConfigMap of ours that is now empty."""
        if live is None:
            if after["data"]:
                self._send("POST", _ALL, after, None)
        elif _is_left_over(live, after):
            version = {key: live["metadata"][key] for key in ("uid", "resourceVersion")}
            self._keep(live)
            answer = self._connection.request("DELETE", _PATH, {**DELETE_OPTIONS, "preconditions": version})
            removed(answer, CONFIG_MAPS, self._connection.where)
        else:
            self._send("PUT", _PATH, after, live)

    def _send(self, method: Method, path: str, body: Json, live: Json | None) -> None:
        would = checked(
            self._connection.request(method, path, body, query=_DRY_RUN), CONFIG_MAPS, self._connection.where
        )
        if not _holds(would, body):
            raise LeastwayError(
                "an admission webhook would store a different aws-auth than the one that was sent",
                where=str(self._place),
                fix="exclude kube-system/aws-auth from the webhook",
            )
        if live is not None:
            self._keep(live)
        checked(self._connection.request(method, path, body, query=_MANAGER), CONFIG_MAPS, self._connection.where)

    def _keep(self, live: Json) -> None:
        """Keep the ConfigMap as a manifest that `kubectl replace -f` accepts."""
        kept = ("name", "namespace", "labels", "annotations")
        metadata = {key: value for key, value in live["metadata"].items() if key in kept}
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": live.get("data") or {}}
        if live.get("binaryData"):
            manifest["binaryData"] = live["binaryData"]
        self._keeper.keep(self._place, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")

    def _read(self) -> Json | None:
        try:
            return read_one(self._connection, _PATH, CONFIG_MAPS, "aws-auth", "kube-system")
        except NotFoundError:
            return None


def _seen(read: AwsAuth, wanted: AwsAuthMapping, *, marked: bool) -> AwsAuthMapping | None:
    """Return the mapping of an ARN; of several entries the one that differs, so that they are merged into one."""
    entries = [entry for _, entry in read.entries_for(wanted.arn)]
    if not entries:
        return AwsAuthMapping(wanted.place, wanted.arn, "", frozenset()) if marked else None
    other = next((entry for entry in entries if not entry.says(wanted.username, wanted.groups)), entries[0])
    return AwsAuthMapping(wanted.place, wanted.arn, other.username, frozenset(other.groups))


def _by_account(read: AwsAuth, asked: AwsAuthMapping) -> AwsAuthMapping | None:
    """Return the mapping that mapAccounts implies for an ARN without an entry: the ARN as the username, in no group."""
    if not read.admits_account(asked.arn):
        return None
    return AwsAuthMapping(asked.place, asked.arn, asked.arn, frozenset())


def _unreadable(where: Address, obstacle: Flaw) -> Unreadable:
    fix = "fix it by hand: what it maps is uncertain, including node roles"
    return Unreadable(where, f"aws-auth: {obstacle}", fix)


def _put(live: Json, wanted: AwsAuthMapping, grant: str) -> None:
    annotations = live["metadata"]["annotations"]
    arn = wanted.arn.lower()
    if (by := claims(annotations, grant).get(arn, grant)) != grant:
        raise LeastwayError(f"grant {by!r} already claims it", where=str(wanted.address), fix="plan again")
    live["data"] = dict(merge(live["data"], wanted))
    _claim(annotations, grant, arn, claimed=True)


def _claim(annotations: dict[str, str], grant: str, arn: str, *, claimed: bool) -> None:
    """Add `arn` to the grant's annotation, or remove it; an annotation without ARNs is deleted."""
    arns = {each for each, by in claims(annotations, grant).items() if by == grant} - {arn}
    if claimed:
        arns.add(arn)
    if arns:
        annotations[annotation_key(grant)] = arns_text(arns)
    else:
        annotations.pop(annotation_key(grant), None)


def _is_left_over(before: Json, after: Json) -> bool:
    """Say whether leastway created this ConfigMap and it now has neither a mapping nor a claim."""
    made = _MADE in (before["metadata"].get("annotations") or {})
    return made and not after["data"] and not claims(after["metadata"]["annotations"], "")


def _content(live: Json) -> tuple[dict[str, str], dict[str, str]]:
    return (live.get("data") or {}, live["metadata"].get("annotations") or {})


def _holds(stored: Json, sent: Json) -> bool:
    (data, annotations), (sent_data, sent_annotations) = _content(stored), _content(sent)
    return data == sent_data and annotations.items() >= sent_annotations.items()
