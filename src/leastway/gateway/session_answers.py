"""Sessions, as the gateway answers for them: AssumeRole and CreateSession with surrogates, GetCallerIdentity of a key.

The answers have the form of AWS's (query protocol, STS API Reference 2011-06-15). `AssumedRoleId` is not known here, so
it contains an id of leastway's; GetCallerIdentity of the session, which AWS answers, has the real one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from leastway.gateway.authority import RefusedError, SessionAsk
from leastway.gateway.surrogates import Surrogate
from leastway.ports import CallerIdentity
from leastway.primitives import Arn

__all__ = ["ask_of", "assume_role_answer", "caller_identity_answer"]

_S3 = "http://s3.amazonaws.com/doc/2006-03-01/"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_KNOWN = frozenset(
    {
        "RoleArn",
        "RoleSessionName",
        "ExternalId",
        "DurationSeconds",
        "Policy",
        "PolicyArns",
        "Tags",
        "TransitiveTagKeys",
        "SourceIdentity",
    }
)


def ask_of(parameters: Mapping[str, Any], region: str, via: SessionAsk | None, phase: str) -> SessionAsk:
    """Return what an AssumeRole asks for, field for field.

    Errors: RefusedError for a field that is not supported (MFA, provided contexts), or a missing one.
    """
    unknown = sorted(parameters.keys() - _KNOWN)
    if unknown:
        raise RefusedError(f"AssumeRole with {', '.join(unknown)} is not supported in a run", code="ValidationError")
    role, name = parameters.get("RoleArn"), parameters.get("RoleSessionName")
    if not isinstance(role, str) or not isinstance(name, str):
        raise RefusedError("AssumeRole needs RoleArn and RoleSessionName", code="ValidationError")
    try:
        duration = parameters.get("DurationSeconds")
        return SessionAsk(
            role=role,
            region=region,
            session_name=name,
            external_id=parameters.get("ExternalId"),
            duration=None if duration is None else int(duration),
            policy=parameters.get("Policy"),
            policy_arns=tuple(str(each["arn"]) for each in parameters.get("PolicyArns", ())),
            source_identity=parameters.get("SourceIdentity"),
            tags=tuple((str(each["Key"]), str(each["Value"])) for each in parameters.get("Tags", ())),
            transitive_tag_keys=tuple(map(str, parameters.get("TransitiveTagKeys", ()))),
            via=via,
            phase=phase,
        )
    except (KeyError, TypeError, ValueError):
        raise RefusedError("the parameters of AssumeRole are not valid", code="ValidationError") from None


def assume_role_answer(surrogate: Surrogate, partition: str) -> bytes:
    """Return the answer to AssumeRole: the surrogate's keys, and the expiry of the real session."""
    assert surrogate.ask is not None  # noqa: S101  # it was just made from one
    role = Arn.parse(surrogate.ask.role or "")
    name = escape(surrogate.session_name or "")
    short = escape(role.resource.rpartition("/")[2])
    keys = surrogate.keys
    return _answer(
        "AssumeRole",
        f"<AssumedRoleUser><Arn>arn:{partition}:sts::{role.account}:assumed-role/{short}/{name}</Arn>"
        f"<AssumedRoleId>AROA{keys.key_id[4:]}:{name}</AssumedRoleId></AssumedRoleUser>"
        f"{_credentials(surrogate)}",
    )


def create_session_answer(surrogate: Surrogate) -> bytes:
    """Return the answer to S3's CreateSession: the surrogate's keys, and when they end."""
    return f'<CreateSessionResult xmlns="{_S3}">{_credentials(surrogate)}</CreateSessionResult>'.encode()


def _credentials(surrogate: Surrogate) -> str:
    keys = surrogate.keys
    assert keys.token is not None  # noqa: S101  # it stands for a session
    assert surrogate.expires_at is not None  # noqa: S101
    expires = surrogate.expires_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"<Credentials><AccessKeyId>{escape(keys.key_id)}</AccessKeyId>"
        f"<SecretAccessKey>{escape(keys.secret.reveal())}</SecretAccessKey>"
        f"<SessionToken>{escape(keys.token.reveal())}</SessionToken><Expiration>{expires}</Expiration></Credentials>"
    )


def caller_identity_answer(caller: CallerIdentity) -> bytes:
    """Return the answer to GetCallerIdentity."""
    return _answer(
        "GetCallerIdentity",
        f"<Arn>{escape(caller.arn)}</Arn><UserId>{escape(caller.user_id)}</UserId>"
        f"<Account>{escape(caller.account)}</Account>",
    )


def _answer(operation: str, result: str) -> bytes:
    return (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{result}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{operation}Response>"
    ).encode()
