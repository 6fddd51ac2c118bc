"""Where a run may go: exactly botocore's endpoints of some services and regions of a partition, and S3's bucket forms.

Rules:
1. A host is an endpoint if botocore's endpoint rules give it for a service and a region that were listed: regional,
   global, dual-stack, FIPS, with the account's id, or with an operation's prefix. A suffix is never enough: APIs, load
   balancers and instances of anybody end in amazonaws.com too.
2. A bucket's host is a bucket's name in front of an endpoint of S3. The old `s3-REGION` endpoints count as endpoints,
   and those of SQS, which version 1 of the AWS CLI uses (`REGION.queue`).
3. Endpoints of another account, of access points and of Outposts are not endpoints here.

A map is made for each region at its first use, which takes 0.1 to 0.6 s for all services; then a look-up takes
microseconds. The process keeps the maps: they are the same for all accounts, but for the hosts whose names begin with
an account's id.
Source: botocore's endpoint-rule-set-1 files; Amazon S3 User Guide, "Virtual hosting of general purpose buckets"; AWS
General Reference, "Amazon SQS endpoints and quotas", legacy endpoints.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

from leastway.aws.calls.models import endpoint_rules, partitions, service_names, signing_name_of
from leastway.errors import InvalidInputError
from leastway.primitives import AccountId, Partition

__all__ = ["HOST_PREFIXES", "Endpoint", "Hosts", "regions_of"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a host stands for. `services` are botocore's names: a few services share their endpoints.

    `prefix` is the host prefix of the operations that are served there; `bucket` is from the host's name.
    """

    host: str
    services: tuple[str, ...]
    signing_name: str
    region: str
    """The signing region."""
    bucket: str | None = None
    prefix: str = ""
    others: tuple[Endpoint, ...] = ()
    """Endpoints with the same host of services that sign with another name."""

    def signed_for(self, signing_name: str, region: str) -> Endpoint | None:
        """Return the endpoint at this host whose requests are signed for a name and region, None if there is none."""
        if (self.signing_name, self.region) == (signing_name, region):
            return self
        others = self.others
        return next((one for one in others if (one.signing_name, one.region) == (signing_name, region)), None)


_MOST_FOUND: Final = 1_000
"""Hosts whose endpoint is kept: a bucket has a host of its own."""
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]").fullmatch
_HOST: Final = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+").fullmatch
_EXPRESS: Final = re.compile(r"--([a-z0-9-]+)--x-s3\Z")

HOST_PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "connecthealth": ("runtime.", "streaming."),
    "dataexchange": ("api-fulfill.",),
    "deadline": ("management.", "scheduling."),
    "devops-agent": ("cp.", "dp."),
    "healthlake": ("datatransformation.",),
    "iotsitewise": ("api.", "data.", "monitor."),
    "iottwinmaker": ("api.", "data."),
    "lakeformation": ("data-", "query-"),
    "location": (
        "cp.geofencing.",
        "cp.maps.",
        "cp.metadata.",
        "cp.places.",
        "cp.routes.",
        "cp.tracking.",
        "geofencing.",
        "maps.",
        "metadata.",
        "places.",
        "routes.",
        "tracking.",
    ),
    "logs": ("stream-",),
    "medical-imaging": ("runtime-",),
    "mwaa": ("api.", "env.", "ops."),
    "omics": ("analytics-", "control-storage-", "storage-", "tags-", "workflows-"),
    "rum": ("dataplane.",),
    "s3control": ("{AccountId}.",),
    "servicediscovery": ("data-",),
    "signer": ("data-",),
    "stepfunctions": ("sync-",),
    "workspaces-thin-client": ("api.",),
}
"""By service, what operations put in front of its endpoints. A test compares this with botocore's models."""


class Hosts:
    """The endpoints that one run may use. Thread-safe.

    `services` are botocore's names, None for all; `regions` are names of regions, None for all of the partition.
    `account` is the account of the grant. Errors: InvalidInputError for a service, region or account that does not
    exist.
    """

    def __init__(
        self,
        partition: Partition,
        account: str,
        *,
        services: Iterable[str] | None = None,
        regions: Iterable[str] | None = None,
    ) -> None:
        self.partition = partition
        self.account = AccountId(account)
        known = regions_of(partition)
        self.regions = known if regions is None else frozenset(regions)
        self.services = service_names() if services is None else frozenset(services)
        for where, unknown in (("regions", self.regions - known), ("services", self.services - service_names())):
            if unknown:
                what = f"{', '.join(sorted(unknown))} is not known in partition {partition}"
                raise InvalidInputError(what, where=where, fix="write names as the AWS SDKs know them")
        self._maps: dict[tuple[str, str], Mapping[str, Endpoint]] = {}
        self._found: dict[str, Endpoint] = {}
        self._turn = threading.Lock()

    def elsewhere(self) -> Hosts:
        """Return every endpoint of the partition, for words about those that a run may not use."""
        return Hosts(self.partition, self.account)

    def could_be(self, host: str) -> bool:
        """Return whether a host's name ends as those of the partition do. It says nothing about whose it is."""
        return host.endswith(tuple(f".{suffix}" for suffix in _suffixes_of(self.partition)))

    def find(self, host: str) -> Endpoint | None:
        """Return what `host` (in lower case, without a port) stands for; None if the run may not go there."""
        if (kept := self._found.get(host)) is not None:
            return kept
        if not _HOST(host) or len(host) > 253:
            return None
        regions = sorted((each for each in self.regions if _names(host, each)), key=len, reverse=True)
        for region in (*regions, self.partition.home_region):
            found = self._in_region(host, region)
            if found is not None:
                if len(self._found) >= _MOST_FOUND:
                    self._found.clear()
                self._found[host] = found
                return found
        return None

    def _in_region(self, host: str, region: str) -> Endpoint | None:
        endpoints = self._map(region, str(self.account) if host.startswith(f"{self.account}.") else "")
        found = endpoints.get(host)
        if found is not None:
            return found
        bucket, _, rest = host.partition(".")
        while rest:
            base = endpoints.get(rest)
            if base is not None and "s3" in base.services and base.signing_name == "s3" and _BUCKET(bucket):
                return replace(base, host=host, bucket=bucket)
            label, _, rest = rest.partition(".")
            bucket = f"{bucket}.{label}"
        return _express(host, endpoints)

    def _map(self, region: str, account: str) -> Mapping[str, Endpoint]:
        found = self._maps.get((region, account))
        if found is None:
            with self._turn:  # one thread makes it, and others wait
                is_listed = region in self.regions
                found = self._maps[region, account] = _map_of(
                    self.partition, self.services, region, account, is_listed=is_listed
                )
        return found


@functools.lru_cache(64)
def _map_of(
    partition: Partition, services: frozenset[str], region: str, account: str, *, is_listed: bool
) -> Mapping[str, Endpoint]:
    """Return the endpoints of `region`, in the home region with the global ones of all regions.

    With an empty `account`, those whose names begin with an account's id are left out.
    """
    found: dict[str, Endpoint] = {}
    for service in sorted(services):
        of = account if service in _OF_ACCOUNT else ""
        for host, signing_name, signing_region in _endpoints(partition, service, region, of):
            _add(found, Endpoint(host, (service,), signing_name, signing_region))
            for prefix in HOST_PREFIXES.get(service, ()):
                if "{AccountId}" not in prefix or account:
                    prefixed = prefix.replace("{AccountId}", account) + host
                    _add(found, Endpoint(prefixed, (service,), signing_name, signing_region, prefix=prefix))
    if not is_listed:
        # The home region was not listed: only global endpoints are allowed there, which S3's old one is not.
        return {host: one for host, one in found.items() if not _names(host, region) and "s3" not in one.services}
    return found


_OF_ACCOUNT: Final = frozenset({"dynamodb", "kinesis"})
"""Services with endpoints whose names begin with the account's id."""


@functools.cache
def _endpoints(partition: Partition, service: str, region: str, account: str) -> tuple[tuple[str, str, str], ...]:
    """Return the hosts of a service in a region, each once, with the name and the region that sign."""
    rules = EndpointProvider(endpoint_rules(service), partitions())
    found: dict[str, tuple[str, str]] = {}
    for parameters in _variants(service, region, account, partition):
        try:
            endpoint = rules.resolve_endpoint(**parameters)
        except EndpointProviderError:
            continue
        scheme = _scheme(endpoint.properties.get("authSchemes"))
        host = endpoint.url.removeprefix("https://").partition("/")[0].lower()
        if scheme is None or not endpoint.url.startswith("https://"):
            continue
        name, at = scheme.get("signingName") or signing_name_of(service), scheme.get("signingRegion") or region
        found.setdefault(host, (name, at))
    if service == "s3":
        found.setdefault(f"s3-{region}.{partition.dns_suffix}", ("s3", region))
    if service == "sqs":
        found[f"{region}.queue.{partition.dns_suffix}"] = ("sqs", region)
        if region == "us-east-1":
            found[f"queue.{partition.dns_suffix}"] = ("sqs", region)
    return tuple((host, *signs) for host, signs in found.items())


def _add(endpoints: dict[str, Endpoint], new: Endpoint) -> None:
    """Add an endpoint; services that sign in the same way share one, the one that is named like the signature first."""
    known = endpoints.get(new.host)
    if known is None:
        endpoints[new.host] = new
    elif (known.signing_name, known.region, known.prefix) == (new.signing_name, new.region, new.prefix):
        first = new.services[0] == new.signing_name
        services = (*new.services, *known.services) if first else (*known.services, *new.services)
        endpoints[new.host] = replace(known, services=services)
    else:
        endpoints[new.host] = replace(known, others=(*known.others, new))


def _variants(service: str, region: str, account: str, partition: Partition) -> Iterator[dict[str, Any]]:
    """Yield the parameters of the endpoint rules that give different hosts for a service in a region."""
    for fips in (False, True):
        for dual_stack in (False, True):
            base = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack}
            yield from ({**base, **more} for more in _OF_SERVICE.get(service, ({},)))
            if service == "dynamodb" and account:
                yield {**base, "AccountId": account, "AccountIdEndpointMode": "preferred"}
            if service == "kinesis" and account:
                arn = f"arn:{partition}:kinesis:{region}:{account}:stream/a"
                yield from ({**base, "StreamARN": arn, "OperationType": each} for each in ("control", "data"))


_OF_SERVICE: Final[Mapping[str, tuple[dict[str, Any], ...]]] = {
    "acm": ({"ServiceType": "ACM"}, {"ServiceType": "ACM-ACME"}),
    "arc-region-switch": ({}, {"UseControlPlaneEndpoint": True}),
    "dynamodb": ({}, {"IsSearchOperation": True}),
    "neptune-graph": ({"ApiType": "ControlPlane"}, {"ApiType": "DataPlane"}),
    "s3": ({}, {"UseGlobalEndpoint": True}, {"Bucket": "a--a1-az1--x-s3", "UseS3ExpressControlEndpoint": True}),
    "s3control": ({}, {"UseS3ExpressControlEndpoint": True}),
    "sts": ({}, {"UseGlobalEndpoint": True}),
    "wellarchitected": ({}, {"SubServiceType": "AGENT"}),
}
"""The parameters that operations set, where they change the host."""


def _scheme(schemes: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    """Return how to sign with Signature Version 4; None if the endpoint takes another scheme alone."""
    if not schemes:
        return {}
    return next((each for each in schemes if each["name"] in ("sigv4", "sigv4-s3express")), None)


def _express(host: str, endpoints: Mapping[str, Endpoint]) -> Endpoint | None:
    """Return the endpoint of a directory bucket: `BUCKET.s3express-ZONE.REGION.SUFFIX`, the zone from its name."""
    bucket, _, rest = host.partition(".")
    zone = _EXPRESS.search(bucket)
    label, _, place = rest.partition(".")
    control = endpoints.get(f"s3express-control.{place}")
    fips = endpoints.get(f"s3express-control-fips.{place}")
    if zone is None or not _BUCKET(bucket):
        return None
    if control is not None and label == f"s3express-{zone[1]}":
        return replace(control, host=host, bucket=bucket)
    if fips is not None and label == f"s3express-fips-{zone[1]}":
        return replace(fips, host=host, bucket=bucket)
    return None


def _names(host: str, region: str) -> bool:
    """Whether a region's name stands in a host's name, as a label or within one."""
    return region in host


def _suffixes_of(partition: Partition) -> Iterator[str]:
    for each in partitions()["partitions"]:
        if each["id"] == partition.value:
            yield from (each["outputs"]["dnsSuffix"], each["outputs"]["dualStackDnsSuffix"])


def regions_of(partition: Partition) -> frozenset[str]:
    """Return the regions of a partition that botocore knows."""
    found = next(each for each in partitions()["partitions"] if each["id"] == partition.value)
    return frozenset(region for region in found["regions"] if not region.endswith("-global"))
