"""Starting and ending the sandbox's process from the parent."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.sandbox.assets import VARIABLE, find_assets
from leastway.sandbox.control import Control
from leastway.sandbox.scenario import SeededKey

__all__ = ["Sandbox"]

_GRACE = 5.0
"""Seconds that the process has to exit; it needs milliseconds."""


class Sandbox:
    """An embedded AWS in its own process, for the duration of the `with` block.

    The process listens on the loopback interface only, prints nothing, writes only into a temporary folder, which is
    deleted at its end, and ends when this process ends, however that happens. LeastwayError if it cannot start, most
    likely because leastway was installed without the extra `rehearse`.

    Each cluster has a real kube-apiserver if KUBEBUILDER_ASSETS is set, unless `small_kubernetes` is given, which is
    required for more than a handful of clusters.
    """

    def __init__(self, *, small_kubernetes: bool = False) -> None:
        kept_out = ["AWS_"]
        if small_kubernetes:
            kept_out.append(VARIABLE)
        else:
            find_assets()  # report problems with its folder before anything starts
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
                start_new_session=True,  # an interrupt from the terminal is handled here
            )
        try:
            port = self._start(token)
        except BaseException:
            self.close()
            raise
        self.endpoint = f"http://127.0.0.1:{port}"
        """The value for AWS_ENDPOINT_URL: scheme, host and port of every AWS service."""
        self.control = Control(port, token)

    def _start(self, token: Secret) -> int:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101  # both are pipes
        assert stdout is not None  # noqa: S101
        try:
            stdin.write(json.dumps({"token": token.reveal(), "folder": str(self._folder)}).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            pass  # it has already ended: standard error has the reason
        answer = json.loads(stdout.readline() or b"{}")
        stdout.close()
        if "port" in answer:
            return int(answer["port"])
        output = (self._folder / "errors").read_text(errors="replace").strip().rpartition("\n")[2]
        raise LeastwayError(
            f"the sandbox did not start: {answer.get('error') or output or 'it reported nothing'}",
            fix="install leastway[rehearse], which brings the embedded AWS",
        )

    def environment(self, key: SeededKey | None = None, *, region: str = "eu-central-1") -> dict[str, str]:
        """Return the AWS_* variables that direct a child process to the sandbox, with `key` if one is given.

        Profiles and the instance metadata service are disabled, so that no real credentials are used.
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
    def folder(self) -> Path:
        """A private folder, which is removed when the process ends, however this one does."""
        return self._folder

    @property
    def pid(self) -> int:
        """The process id of the embedded AWS."""
        return self._process.pid

    def wait(self) -> None:
        """Wait until the process ends by itself, which it should not."""
        self._process.wait()

    def close(self) -> None:
        """End the process and delete its folder. Calling it again does nothing."""
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

    def __exit__(self, *error: object) -> None:
        self.close()
