"""Register a grant with its platform: compare what the platform has, and change it.

AWS is called only to read AWS managed policies, for the contract that leastway's server gets. External ids are those
of the grant and of leastway's store, as `leastway show` prints them; a role whose id is not decided yet is refused. The
key of a user comes from the file that `leastway apply` or `leastway rotate` wrote, other secrets from a file of the
caller's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.server_client import ServerClient
from leastway.compiler import Settled, key_of_user, registrations_of, settle, usable_principals
from leastway.custody import RotatedKeys
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import ExternalIds, Stage
from leastway.grant import Identity, new_external_id
from leastway.humanitec import (
    HumanitecApi,
    RegisteredObject,
    ToRegister,
    api_from_environment,
    carry_out,
    checked_api,
    compare,
)
from leastway.policy import Document
from leastway.primitives import Secret, read_bounded_json, read_file
from leastway.proof import ContractDocument, Look, contract_of, document_of

__all__ = ["PlannedRegistration", "open_api", "plan_registration", "read_secrets", "register"]

_PLATFORM = "humanitec"
_LARGEST = 1 << 20
_CHANGING = (Stage.CHANGING, Stage.FINISHING)


@dataclass(frozen=True, slots=True)
class PlannedRegistration:
    """What registering changes at `url`, in one organization."""

    url: str
    organization: str
    objects: tuple[RegisteredObject, ...]

    @property
    def changes(self) -> tuple[RegisteredObject, ...]:
        """The objects that are created or changed."""
        return tuple(one for one in self.objects if one.requests)


def open_api(environment: Mapping[str, str] | None = None) -> HumanitecApi:
    """Return the API to register with.

    `HUMANITEC_ORG` and `HUMANITEC_TOKEN` name it; without them, `LEASTWAY_URL` names leastway's server with the
    organization of its token; without that, `~/.humctl` is read. Errors: InvalidInputError; LeastwayError if the server
    does not answer.
    """
    env = os.environ if environment is None else environment
    if env.get("LEASTWAY_URL") and not (env.get("HUMANITEC_ORG") or env.get("HUMANITEC_TOKEN")):
        client = ServerClient.from_environment(env)
        return checked_api(client.url, client.organization(), client.token, where="register")
    return api_from_environment(
        env, where="register", also="; or, for leastway's server, LEASTWAY_URL and LEASTWAY_TOKEN_FILE"
    )


def plan_registration(
    open_grant: OpenGrant,
    api: HumanitecApi,
    *,
    secrets: Mapping[str, Secret] | None = None,
    adopt: bool = False,
    resend: bool = False,
) -> PlannedRegistration:
    """Compare the grant with what the platform has. Nothing is changed.

    Errors: InvalidInputError for a grant that cannot be registered; LeastwayError if an external id is not decided, or
    the platform does not answer.
    """
    grant = open_grant.grant
    if grant.platform.name != _PLATFORM:
        raise InvalidInputError(
            f"the platform of the grant is {grant.platform.name}, which leastway cannot register with",
            where=str(grant.source),
            fix="register what `leastway show` prints by hand",
        )
    settled = _settled(open_grant)
    registrations = registrations_of(grant, settled.ids)
    if not registrations.accounts:
        raise InvalidInputError(
            "nothing to register: the grant has no clusters, and no roles with definitions",
            where=str(grant.source),
            fix="list what the platform creates with a role as its `definitions`",
        )
    wanted = ToRegister(
        grant.name,
        registrations,
        {**dict(_keys(open_grant)), **(secrets or {})},
        frozenset(_changing(open_grant, settled)),
        adopt,
        resend,
        lambda: _contracts(open_grant, settled.ids),
    )
    return PlannedRegistration(api.url, api.organization, compare(api, wanted))


def register(
    api: HumanitecApi, planned: PlannedRegistration
) -> Iterator[tuple[RegisteredObject, LeastwayError | None]]:
    """Carry out the plan, and yield each object with its error, if there was one."""
    return carry_out(api, planned.objects)


def read_secrets(path: Path) -> dict[str, Secret]:
    """Return the secrets in a private file: a JSON object of texts by name. Errors: LeastwayError."""
    fix = "write a JSON object of texts into it, by the names that `leastway register` asks for"
    data = read_file(path, limit=_LARGEST)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InvalidInputError("others can read it", where=str(path), fix=f"run chmod 600 {path}")
    try:
        found = read_bounded_json(data)
    except ValueError as error:
        raise InvalidInputError(str(error), where=str(path), fix=fix) from None
    if not isinstance(found, dict) or not all(isinstance(one, str) and one for one in found.values()):
        raise InvalidInputError("it is not a JSON object of texts", where=str(path), fix=fix)
    return {name: Secret(value) for name, value in found.items()}


def _settled(open_grant: OpenGrant) -> Settled:
    grant = open_grant.grant
    stored = open_grant.store.external_ids(grant.name)
    settled = settle(grant, stored, {}, {account.id: new_external_id() for account in grant.accounts})
    for (account, role), state in settled.states.items():
        if role and state.is_guess:
            raise LeastwayError(
                "the external id of the role is not decided yet",
                where=f"{account}/role/{role}",
                fix="run `leastway plan` or `leastway apply` first: it decides and stores it",
            )
    return settled


def _contracts(open_grant: OpenGrant, external_ids: ExternalIds) -> tuple[ContractDocument, ...]:
    """Return the contract of each account, with the AWS managed policies whose text can be read."""
    grant = open_grant.grant
    found = [(account, contract_of(grant, account, external_ids)) for account in grant.accounts]
    if any(role.unread for _, contract in found for role in contract.roles.values()):
        texts = _texts(open_grant)
        found = [(account, contract.reading(texts)) for account, contract in found]
    return tuple(document_of(grant, account, contract) for account, contract in found)


def _texts(open_grant: OpenGrant) -> Mapping[str, Document]:
    """Return the managed policies of the installed roles; none if AWS cannot be read, so that they stay unknown."""
    try:
        return make_plan(open_grant, look=Look.ACCOUNTS).observation.other_access.documents
    except LeastwayError:
        return {}


def _keys(open_grant: OpenGrant) -> Iterator[tuple[str, Secret]]:
    """Yield the keys of the platform's users that are on this machine, by the names of their placeholders."""
    grant = open_grant.grant
    if grant.identity is not Identity.IAM_USER:
        return
    for account in grant.accounts:
        key = RotatedKeys(open_grant.keys, account.id, grant.platform.user_name).current()
        if key is not None:
            key_id, secret = key_of_user(grant, account)
            yield key_id.name, Secret(key.key_id)
            yield secret.name, key.secret


def _changing(open_grant: OpenGrant, settled: Settled) -> Iterator[str]:
    for one in usable_principals(open_grant.grant, settled):
        if one.registration is not None and one.external_ids is not None and one.external_ids.stage in _CHANGING:
            yield one.registration.id
