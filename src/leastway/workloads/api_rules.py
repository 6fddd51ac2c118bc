"""What the API server would refuse in the objects of a workload: it is refused before anything of a set is applied.

Sources: Kubernetes documentation, "Labels and Selectors", "Annotations", "Resource Management", "Ingress"; the messages
of kube-apiserver 1.35.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import Final

from leastway.errors import InvalidInputError

__all__ = [
    "LONGEST_KEY",
    "check_annotations",
    "check_data",
    "check_header",
    "check_host",
    "check_key",
    "check_label",
    "check_mark",
    "check_resources",
    "check_route",
    "is_subdomain",
]

_RESERVED: Final = "leastway.dev/"
LONGEST_KEY: Final = 253
"""Characters of a key in a ConfigMap or a Secret."""
_SUBDOMAIN: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+")
_QUANTITY: Final = re.compile(r"([0-9.]+(?:[eE][-+]?[0-9]+)?)([a-zA-Z]*)")
_SCALES: Final = {"": Decimal(1), "m": Decimal("0.001"), "k": Decimal(1000)}
_SCALES_OF: Final = {one: power for power, one in enumerate("KMGTPE", 1)}
_OVERCOMMITTED: Final = ("cpu", "memory", "ephemeral-storage")
"""Resources of which a container may use more than it requested."""
_HUGE: Final = "hugepages-"
_PAGE: Final = re.compile(r"[1-9]\d{0,9}(?:k|[MGTPE]|[KMGTPE]i)?")
_OF_QUOTAS: Final = "requests."
_IN_PATH: Final = ("//", "/./", "/../", "%2f", "%2F")
_AT_END: Final = ("/..", "/.")
_MOST_ANNOTATIONS: Final = 256 * 1024
_MOST_DATA: Final = 1024 * 1024


def is_subdomain(text: str) -> bool:
    """Return whether a text is a name that most objects of Kubernetes may have."""
    return _SUBDOMAIN.fullmatch(text) is not None


def check_key(key: str, where: str) -> None:
    """Refuse what cannot be the key of a label or of an annotation. Errors: InvalidInputError."""
    prefix, slash, name = key.rpartition("/")
    if _NAME.fullmatch(name) is None or (slash and not is_subdomain(prefix)):
        fix = "use at most 63 letters, digits and - _ ., after an optional DNS name and a slash"
        raise InvalidInputError("it cannot be the key of a label or an annotation", where=where, fix=fix)


def check_mark(kind: str, key: str, value: str, where: str) -> None:
    """Refuse what cannot be one of an object's `labels` or `annotations`. Errors: InvalidInputError."""
    if key.startswith(_RESERVED):
        raise InvalidInputError(f"{_RESERVED} is reserved", where=where, fix="choose another prefix")
    check_key(key, where)
    if kind == "labels":
        check_label(value, where)


def check_label(value: str, where: str) -> None:
    """Refuse what cannot be the value of a label. Errors: InvalidInputError."""
    if value and _NAME.fullmatch(value) is None:
        fix = "use at most 63 letters, digits and - _ ., or write it as an annotation"
        raise InvalidInputError("it cannot be the value of a label", where=where, fix=fix)


def check_annotations(annotations: Mapping[str, str], where: str) -> None:
    """Refuse annotations of one object that are too long together. Errors: InvalidInputError."""
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > _MOST_ANNOTATIONS:
        what = f"the annotations have more than {_MOST_ANNOTATIONS} bytes"
        raise InvalidInputError(what, where=where, fix="put long texts into a file")


def check_data(values: Iterable[str], where: str) -> None:
    """Refuse the contents of one ConfigMap or Secret that are too long together. Errors: InvalidInputError."""
    if sum(len(one.encode()) for one in values) > _MOST_DATA:
        what = f"the files, or the secrets, of the module have more than {_MOST_DATA} bytes"
        raise InvalidInputError(what, where=where, fix="put them into an image or a volume")


def check_header(name: str, where: str) -> None:
    """Refuse what cannot be the name of a header of a probe. Errors: InvalidInputError."""
    if _HEADER.fullmatch(name) is None:
        fix = "use letters, digits and -"
        raise InvalidInputError("it cannot be the name of a header", where=where, fix=fix)


def check_host(host: str, where: str) -> None:
    """Refuse what cannot be the host of an Ingress. Errors: InvalidInputError."""
    if host and (not is_subdomain(host.removeprefix("*.")) or _is_address(host)):
        fix = "write a DNS name in lower case, such as shop.example.com or *.example.com"
        raise InvalidInputError(f"{host!r} cannot be the host of an Ingress", where=where, fix=fix)


def check_route(path: str, kind: str, where: str) -> None:
    """Refuse what cannot be the path of an Ingress. Errors: InvalidInputError."""
    if kind == "ImplementationSpecific":
        return
    found = next((each for each in _IN_PATH if each in path), None)
    found = found or next((each for each in _AT_END if path.endswith(each)), None)
    if found is not None:
        fix = "write the path as a request has it, or use the type implementation"
        raise InvalidInputError(f"the path has {found!r}", where=where, fix=fix)


def check_resources(requests: Mapping[str, str], limits: Mapping[str, str], where: str) -> None:
    """Refuse resources that no container can have. Errors: InvalidInputError."""
    for kind, given in (("requests", requests), ("limits", limits)):
        for name, quantity in given.items():
            at = f"{where}.{kind}.{name}"
            is_huge = name.startswith(_HUGE)
            if name not in _OVERCOMMITTED and not is_huge:
                if "/" not in name:
                    fix = f"use {', '.join(_OVERCOMMITTED)}, or the full name of a device, such as example.com/gpu"
                    raise InvalidInputError("the resource is not known", where=at, fix=fix)
                check_key(name, at)
                if name.startswith(_OF_QUOTAS):
                    raise InvalidInputError("the resource is one of quotas", where=at, fix=f"remove {_OF_QUOTAS}")
            if name not in _OVERCOMMITTED and _amount(quantity) % 1:
                raise InvalidInputError("it is not a whole number", where=at, fix="write a whole number")
            if is_huge:
                _check_pages(name, quantity, at, is_alone=not {"cpu", "memory"} & {*requests, *limits})
    for name, quantity in requests.items():
        at, limit = f"{where}.requests.{name}", limits.get(name)
        if name not in _OVERCOMMITTED and (limit is None or _amount(limit) != _amount(quantity)):
            raise InvalidInputError("the limit is not the same", where=at, fix="write the same number as the limit")
        if limit is not None and _amount(quantity) > _amount(limit):
            raise InvalidInputError(f"it is more than the limit {limit}", where=at, fix="raise the limit")


def _check_pages(name: str, quantity: str, at: str, *, is_alone: bool) -> None:
    """Refuse huge pages of no size, a part of one, or in a container without memory and cpu."""
    size = name.removeprefix(_HUGE)
    if _PAGE.fullmatch(size) is None or _amount(quantity) % _amount(size):
        fix = "write a multiple of the size in the name, as in hugepages-2Mi: 4Mi"
        raise InvalidInputError("it is not a number of huge pages", where=at, fix=fix)
    if is_alone:
        fix = "add memory or cpu to the resources of the container"
        raise InvalidInputError("huge pages need memory or cpu beside them", where=at, fix=fix)


def _amount(quantity: str) -> Decimal:
    found = _QUANTITY.fullmatch(quantity)
    assert found is not None, quantity  # noqa: S101 - `module` reads nothing else
    number, suffix = Decimal(found[1]), found[2]
    if suffix in _SCALES:
        return number * _SCALES[suffix]
    base = 1024 if suffix.endswith("i") else 1000
    return number * Decimal(base) ** _SCALES_OF[suffix[0]]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
