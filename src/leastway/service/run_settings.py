"""The settings of runs, from those of the server."""

from __future__ import annotations

import os
from pathlib import Path

from leastway.errors import InvalidInputError
from leastway.isolation import TEMPORARY, PodPlace
from leastway.kube.pods import ambient_access, read_kubeconfig
from leastway.orchestrator import RunSettings, folder_of_runs
from leastway.primitives import is_loopback, read_authorities, split_web_url
from leastway.service.settings import ServerSettings

__all__ = ["run_settings"]


def run_settings(settings: ServerSettings) -> RunSettings:
    """Return how runs work on this machine. Errors: LeastwayError for a cluster that is not described."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    parts = split_web_url(endpoint)
    if parts is not None and not is_loopback(parts.hostname or ""):
        parts = None  # it is no rehearsal
    folder = settings.run_folder or folder_of_runs(settings.data)
    return RunSettings(
        folder=folder,
        tools=settings.run_tools,
        paths=settings.run_paths,
        source_hosts=settings.run_source_hosts,
        source_ca=settings.run_source_ca,
        private_networks=settings.run_private_networks,
        is_idle=not settings.role.works,
        user=settings.run_user,
        control_group=settings.run_control_group,
        unsafe_reason=settings.run_unsafe_reason,
        place=_place(settings, folder),
        endpoint=None if parts is None else endpoint,
        endpoint_ca=_authorities() if parts is not None and parts.scheme == "https" else None,
        pretended_address=None if parts is None else settings.pretended_address,
    )


def _authorities() -> str:
    """Return the PEM of the CA of an endpoint on loopback.

    Errors: InvalidInputError if none is named, or it has no certificates: at the start, and not in each run.
    """
    named = os.environ.get("AWS_CA_BUNDLE")
    if not named:
        raise InvalidInputError(
            "it is https on this machine, so AWS_CA_BUNDLE must name the file with the certificate of its CA",
            where="AWS_ENDPOINT_URL",
            fix="set AWS_CA_BUNDLE, or an http URL",
        )
    return read_authorities(Path(named), fix="correct AWS_CA_BUNDLE")


def _place(settings: ServerSettings, folder: Path) -> PodPlace | None:
    pods = settings.run_pods
    if pods is None:
        return None
    for path in (settings.run_tools, *settings.run_paths):
        if path is not None and (path.is_relative_to(folder) or path.is_relative_to(TEMPORARY)):
            raise InvalidInputError(
                f"what runs need must be in the image of their pods, and not in {TEMPORARY} or the folder of runs",
                where=os.fspath(path),
                fix="put it elsewhere, at the same path as in the image",
            )
    return PodPlace(
        cluster=ambient_access() if pods.kubeconfig is None else read_kubeconfig(pods.kubeconfig),
        namespace=pods.namespace,
        image=pods.image,
        folder=folder,
        runtime_class=pods.runtime_class,
    )
