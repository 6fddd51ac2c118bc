"""An AWS with one account, as the directory of one cluster: principals with keys, access entries, and an STS."""

import dataclasses
import hashlib
import hmac
import itertools
import secrets
from collections.abc import Sequence
from urllib.parse import parse_qsl, quote

from leastway.ports import CallerIdentity
from leastway.sandbox.eks_auth import EksAccessEntry, PresignedCall
from leastway.sandbox.kube import AccessPolicyGrant
from leastway.sandbox.scenario import Mode

ACCOUNT = "111122223333"
_POLICY = "arn:aws:eks::aws:cluster-access-policy/"


@dataclasses.dataclass(frozen=True)
class Key:
    """Credentials, and the identity that STS returns for them."""

    access_key_id: str
    secret: str
    identity: CallerIdentity


class FakeAws:
    """Implements EksDirectory. Tests change it between requests."""

    def __init__(self) -> None:
        self.mode: Mode = "API_AND_CONFIG_MAP"
        self.entries: dict[str, EksAccessEntry] = {}
        self._keys: dict[str, Key] = {}
        self._unique_ids: dict[str, str] = {}
        self._count = itertools.count(1)

    def user(self, name: str) -> tuple[str, Key]:
        """Create a user, `name` including its path, and return its ARN and a key."""
        arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
        unique_id = self.recreate(arn, "AIDA")
        return arn, self._key(CallerIdentity(ACCOUNT, arn, unique_id))

    def role(self, name: str, session: str = "deploy") -> tuple[str, Key]:
        """Create a role, `name` including its path, and return its ARN and the key of one of its sessions."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        self.recreate(arn, "AROA")
        return arn, self.assume(arn, session)

    def assume(self, role_arn: str, session: str) -> Key:
        """Return the key of a session of a role."""
        short = role_arn.rsplit("/", 1)[-1]
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{short}/{session}"
        return self._key(CallerIdentity(ACCOUNT, arn, f"{self._unique_ids[role_arn]}:{session}"))

    def recreate(self, arn: str, prefix: str = "AROA") -> str:
        """Give the principal `arn` a new unique id, as deleting and recreating it does."""
        self._unique_ids[arn] = f"{prefix}{next(self._count):017d}"
        return self._unique_ids[arn]

    def disable(self, key: Key) -> None:
        """Deactivate a key."""
        del self._keys[key.access_key_id]

    def grant(self, arn: str, username: str = "", groups: Sequence[str] = ()) -> None:
        """Create an access entry."""
        self.entries[arn] = EksAccessEntry(
            arn, self._unique_ids[arn], username or _default_username(arn), tuple(groups)
        )

    def associate(self, arn: str, policy: str, *namespaces: str) -> None:
        """Associate an access policy, in `namespaces` or in the whole cluster."""
        policy_grant = AccessPolicyGrant(_POLICY + policy, "namespace" if namespaces else "cluster", namespaces)
        entry = self.entries[arn]
        self.entries[arn] = dataclasses.replace(entry, access_policies=(*entry.access_policies, policy_grant))

    def access(self) -> tuple[Mode, Sequence[EksAccessEntry]]:
        return self.mode, tuple(self.entries.values())

    async def caller_identity(self, call: PresignedCall) -> CallerIdentity | None:
        return self.identity_of(call)

    def identity_of(self, call: PresignedCall) -> CallerIdentity | None:
        """Return who signed the call, as STS does; None if the signature is not valid."""
        query = dict(parse_qsl(call.target.partition("?")[2], keep_blank_values=True))
        access_key_id, _, scope = query["X-Amz-Credential"].partition("/")
        key = self._keys.get(access_key_id)
        if key is None:
            return None
        signature = _signature(key.secret, scope, query, {"host": call.host, **call.headers})
        return key.identity if hmac.compare_digest(signature, query["X-Amz-Signature"]) else None

    def _key(self, identity: CallerIdentity) -> Key:
        key = Key(f"AKIA{secrets.token_hex(8).upper()}", secrets.token_hex(), identity)
        self._keys[key.access_key_id] = key
        return key


def _default_username(arn: str) -> str:
    if ":user/" in arn:
        return arn
    name = arn.rsplit("/", 1)[-1]
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{{{{SessionName}}}}"


def _signature(secret: str, scope: str, query: dict[str, str], headers: dict[str, str]) -> str:
    """Return the Signature Version 4 signature (IAM User Guide, "Create a signed AWS API request")."""
    date, region, service, terminator = scope.split("/")
    signed = query["X-Amz-SignedHeaders"].split(";")
    parameters = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in query.items()
        if name != "X-Amz-Signature"
    )
    canonical = "\n".join(
        (
            "GET",
            "/",
            "&".join(f"{name}={value}" for name, value in parameters),
            *(f"{name}:{headers.get(name, '')}" for name in signed),
            "",
            ";".join(signed),
            hashlib.sha256(b"").hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, terminator):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()
