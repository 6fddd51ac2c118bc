"""Published profiles and manifests, without a token: `/published/profiles` and `/published/files/{digest}`."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from leastway.api.errors import json_response
from leastway.api.requests import open_endpoint
from leastway.api.threads import in_thread
from leastway.service import NotFoundError, Server, published
from leastway.service.published import PublishedFile, PublishedVersion

__all__ = ["ROUTES"]


async def _list(_request: Request, server: Server) -> Response:
    return json_response([_shown(one) for one in await in_thread(published.published_profiles, server)])


async def _show(request: Request, server: Server) -> Response:
    path = request.path_params
    return json_response(_shown(await in_thread(published.find_published, server, path["name"], path["version"])))


async def _file(request: Request, server: Server) -> Response:
    path = request.path_params
    found = await in_thread(published.find_published, server, path["name"], path["version"])
    if path["file"] not in found.files:
        raise NotFoundError(f"the version has no file {path['file']!r}", fix=f"its files are {', '.join(found.files)}")
    return _content(found.files[path["file"]])


async def _by_digest(request: Request, server: Server) -> Response:
    return _content(await in_thread(published.find_published_file, server, request.path_params["digest"]))


_VERSION: Final = "/published/profiles/{name}/{version}"

ROUTES: Final = (
    open_endpoint("/published/profiles", "GET", _list),
    open_endpoint(_VERSION, "GET", _show),
    open_endpoint(f"{_VERSION}/{{file}}", "GET", _file),
    open_endpoint("/published/files/{digest}", "GET", _by_digest),
)


def _content(file: PublishedFile) -> Response:
    return Response(file.content, media_type="application/json", headers={"ETag": f'"{file.digest}"'})


def _shown(one: PublishedVersion) -> dict[str, object]:
    profile = one.profile
    return {
        "name": profile.name,
        "version": profile.version,
        "published": str(profile.published),
        "digest": one.digest,
        "latest": one.is_latest,
        "addresses": list(profile.addresses),
        "lacks": list(one.lacks),
        "surplus": list(one.surplus),
        "files": {name: file.digest for name, file in one.files.items()},
    }
