"""An AWS that answers as scripted: a role that demands an external id, and the keys of a user."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from leastway.ports import CallerIdentity, FailedCall, SessionKeys
from leastway.primitives import Secret

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3"
RIGHT_ID = "the-right-id"
OWN, SESSION = (SessionKeys(name, Secret(f"secret of {name}"), Secret("token")) for name in ("AKIAOWN", "ASIASESSION"))
DENIED = FailedCall(True, "AccessDenied: User: x is not authorized to perform: sts:AssumeRole", "request-1")
OF_SESSION = CallerIdentity(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/leastway-check", "AROA:x")
OF_KEY = CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/HumanitecSaaS", "AIDA")
UNLISTED = "198.51.100.1"


@dataclass
class World:
    """AWS: a role that admits its external id from listed addresses; `answers` replace what it says."""

    demands_id: bool = True
    admits_unlisted: bool = False
    answers: dict[str, Any] = field(default_factory=dict)
    tried: list[tuple[str, str | None]] = field(default_factory=list)

    def guest(self, keys: SessionKeys, region: str, address: str | None = None) -> Any:
        return _Guest(self, keys, address)


@dataclass
class _Guest:
    world: World
    keys: SessionKeys
    address: str | None

    def assume(self, role: str, external_id: str | None, _name: str) -> SessionKeys | FailedCall:
        assert self.keys is OWN
        assert role == ROLE
        self.world.tried.append(("assume", external_id))
        kind = {None: "none", RIGHT_ID: "right"}.get(external_id, "wrong")
        if kind in self.world.answers:
            return self.world.answers[kind]  # type: ignore[no-any-return]
        if self.address == UNLISTED and not self.world.admits_unlisted:
            return DENIED
        return SESSION if kind == "right" or not self.world.demands_id else DENIED

    def identity(self) -> CallerIdentity | FailedCall:
        self.world.tried.append(("identity", None))
        return self.world.answers.get("identity", OF_SESSION if self.keys is SESSION else OF_KEY)  # type: ignore[no-any-return]
