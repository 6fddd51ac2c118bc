"""An image for pods of tests, made of programs of this machine, as an OCI archive."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

__all__ = ["NAME", "write_image"]

NAME: Final = "leastway.test/runs"
_PROGRAMS: Final = (
    *("python3", "sh", "dash", "bash", "env", "cat", "chmod", "echo", "grep", "head", "id", "ln", "ls", "mkdir"),
    *("mkfifo", "readlink", "rm", "seq", "setsid", "sleep", "stat", "touch", "tr", "true"),
)
_LEFT_OUT: Final = ("__pycache__", "test", "idlelib", "lib2to3", "site-packages", "dist-packages")


def write_image(to: Path, *folders: Path) -> str:
    """Write the image with these folders at their own paths, and return its name with its digest."""
    files, links = _contents(folders)
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name in sorted(
            {str(parent) for one in (*files, *links, "/tmp/x", "/proc/x", "/etc/x") for parent in _above(one)}
            - links.keys()
        ):
            _add(tar, name, type=tarfile.DIRTYPE, mode=0o755)
        for name, target in links.items():
            _add(tar, name, type=tarfile.SYMTYPE, linkname=target)
        for name in files:
            found = tar.gettarinfo(name, arcname=name[1:])
            found.type, found.linkname = tarfile.REGTYPE, ""
            found.size, found.uid, found.gid = Path(name).stat().st_size, 0, 0
            with Path(name).open("rb") as file:
                tar.addfile(found, file)
    content = layer.getvalue()
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": ["/usr/bin/sleep", "infinity"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(content)]},
        }
    )
    kind = "application/vnd.oci.image"
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": f"{kind}.manifest.v1+json",
            "config": _described(config, f"{kind}.config.v1+json"),
            "layers": [_described(content, f"{kind}.layer.v1.tar")],
        }
    )
    index = _json(
        {
            "schemaVersion": 2,
            "manifests": [
                {
                    **_described(manifest, f"{kind}.manifest.v1+json"),
                    "annotations": {"org.opencontainers.image.ref.name": "1"},
                }
            ],
        }
    )
    blobs = {f"blobs/{_digest(one).replace(':', '/')}": one for one in (content, config, manifest)}
    with tarfile.open(to, "w") as tar:
        for name, blob in {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index, **blobs}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(blob)
            tar.addfile(entry, io.BytesIO(blob))
    return f"{NAME}@{_digest(manifest)}"


def _contents(folders: tuple[Path, ...]) -> tuple[list[str], dict[str, str]]:
    """Return the paths of files, and links with their targets: programs with their libraries, Python, the folders."""
    files: dict[str, None] = {}
    links = {f"/{name}": f"usr/{name}" for name in ("bin", "lib", "lib64", "sbin")}

    def add(name: str) -> None:
        path = Path(name).parent.resolve() / Path(name).name
        if path.is_symlink():
            links[str(path)] = str(path.readlink())
            add(str(path.parent / path.readlink()))
            return
        files[str(path)] = None
        if path.name.endswith(".so") or os.access(path, os.X_OK):
            for library in _libraries(path):
                if library not in links and os.path.realpath(library) not in files:
                    add(library)

    for name in _PROGRAMS:
        add(f"/usr/bin/{name}")
    version = Path("/usr/bin/python3").resolve().name
    for top in (Path("/usr/lib", version), *folders):
        for at, inner, names in os.walk(top):
            inner[:] = [
                one for one in inner if top in folders or (one not in _LEFT_OUT and not one.startswith("config-"))
            ]
            for one in names:
                path = Path(at, one)
                if top in folders:
                    files[str(path)] = None
                else:
                    add(str(path))
    return sorted(files), links


def _libraries(path: Path) -> Iterator[str]:
    said = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    yield from (word for word in said.split() if word.startswith("/"))


def _above(name: str) -> Iterator[Path]:
    yield from (parent for parent in Path(name).parents if parent != Path("/"))


def _add(tar: tarfile.TarFile, name: str, **more: Any) -> None:
    entry = tarfile.TarInfo(name[1:])
    for each, value in more.items():
        setattr(entry, each, value)
    tar.addfile(entry)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _described(content: bytes, media: str) -> dict[str, Any]:
    return {"mediaType": media, "size": len(content), "digest": _digest(content)}
