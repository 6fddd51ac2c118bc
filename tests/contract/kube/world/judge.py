"""The real authenticator's own code, which decides what an aws-auth ConfigMap maps and which tokens are valid.

`make kube-assets` builds this program next to kube-apiserver (`tests/kube-assets/judge`), so it is found in
KUBEBUILDER_ASSETS.
"""

import dataclasses
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


@dataclasses.dataclass(frozen=True)
class Mapped:
    """One effective mapping: its ARN in lower case, the username and the groups."""

    arn: str
    username: str
    groups: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The mappings of a ConfigMap; of an ARN that is listed twice the last one. `problem` is the parser's error."""

    roles: Mapping[str, Mapped]
    users: Mapping[str, Mapped]
    accounts: frozenset[str]
    problem: str


@dataclasses.dataclass(frozen=True)
class Taken:
    """The result for a token: the call to STS that it contains, or why it is rejected before any call.

    `host` and `target` are the call's URL, `cluster` its header x-k8s-aws-id, which the token's signature must cover.
    """

    host: str
    target: str
    cluster: str
    access_key_id: str
    problem: str


def find_judge() -> Path | None:
    """Return the path of the program, or None if it does not exist."""
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    program = Path(folder, "aws-auth-judge") if folder else None
    return program if program and program.exists() else None


class Judge:
    """The running program; one question is one line."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def verdict(self, data: Mapping[str, str]) -> Verdict:
        """Return what the `data` of a ConfigMap maps."""
        answer = self._ask({"data": dict(data)})
        return Verdict(
            _mapped(answer["roles"]), _mapped(answer["users"]), frozenset(answer["accounts"] or ()), answer["problem"]
        )

    def taken(self, token: str, cluster: str) -> Taken:
        """Return how a cluster of that name treats a token, if STS confirms it."""
        answer = self._ask({"token": token, "cluster": cluster})
        call = answer["call"] or {"host": "", "target": "", "cluster": ""}
        return Taken(**call, access_key_id=answer["access_key_id"], problem=answer["problem"])

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def _mapped(entries: list[dict[str, Any]]) -> dict[str, Mapped]:
    found = (
        Mapped(each["arn"].lower(), each["username"], tuple(each["groups"] or ())) for each in entries if each["arn"]
    )
    return {each.arn: each for each in found}
