"""The parent's side of the sandbox: starts its process, says where it is, and ends it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.sandbox.assets import VARIABLE, find_assets
from leastway.sandbox.control import Control
from leastway.sandbox.scenario import SeededKey

__all__ = ["Sandbox"]

_GRACE = 5.0
"""Seconds that the process has to leave by itself; it needs milliseconds."""


class Sandbox:
    """An embedded AWS in a process of its own, for as long as the `with` block lasts.

    The process listens on the loopback interface only, prints nothing, writes only into a temporary folder that goes
    with it, and ends when this process does, however that ends. LeastwayError when it cannot start, above all because
    leastway was installed without the extra `rehearse`.

    Its clusters have a real kube-apiserver each where KUBEBUILDER_ASSETS names one, but with `small_kubernetes`: for
    snapshots, and for more than a handful of clusters.
    """

    def __init__(self, *, small_kubernetes: bool = False) -> None:
        kept_out = ["AWS_"]
        if small_kubernetes:
            kept_out.append(VARIABLE)
        else:
            find_assets()  # what is wrong with its folder is to be told here, before anything starts
        self._folder = Path(tempfile.mkdtemp(prefix="leastway-sandbox-"))
        token = Secret(secrets.token_urlsafe(32))
        errors = self._folder / "errors"
        with errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "leastway.sandbox.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=self._folder,
                env={name: value for name, value in os.environ.items() if not name.startswith(tuple(kept_out))},
                start_new_session=True,  # an interrupt from the terminal is for us to handle
            )
        try:
            port = self._start(token)
        except BaseException:
            self.close()
            raise
        self.endpoint = f"http://127.0.0.1:{port}"
        """What to set AWS_ENDPOINT_URL to; the scheme, host and port of every AWS service."""
        self.control = Control(port, token)

    def _start(self, token: Secret) -> int:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101  # both are pipes
        assert stdout is not None  # noqa: S101
        try:
            stdin.write(json.dumps({"token": token.reveal(), "folder": str(self._folder)}).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            pass  # it ended already: what it said on standard error tells why
        answer = json.loads(stdout.readline() or b"{}")
        stdout.close()
        if "port" in answer:
            return int(answer["port"])
        said = (self._folder / "errors").read_text(errors="replace").strip().rpartition("\n")[2]
        raise LeastwayError(
            f"the sandbox did not start: {answer.get('error') or said or 'it said nothing'}",
            fix="install leastway[rehearse], which brings the embedded AWS",
        )

    def environment(self, key: SeededKey | None = None, *, region: str = "eu-central-1") -> dict[str, str]:
        """Return the AWS_* variables that lead a child process here, with `key` when one is given.

        Profiles and the instance metadata of the machine are shut out, so that no real credentials come along.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": str(self._folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self._folder / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            **(key.environment() if key else {}),
        }

    @property
    def pid(self) -> int:
        """The process id of the embedded AWS."""
        return self._process.pid

    def close(self) -> None:
        """End the process and remove its folder; doing it twice is no error."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
