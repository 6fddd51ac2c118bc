"""AWS partitions: groups of regions that share no accounts, ARNs or endpoints.

Sources: AWS Fault Isolation Boundaries, "Partitions"; botocore's `partitions.json` for names, region prefixes and DNS
suffixes, against which a test compares this table. A region with an unknown prefix belongs to `aws`, where new regions
get new prefixes.
"""

from __future__ import annotations

import enum

__all__ = ["Partition"]


class Partition(enum.StrEnum):
    """One partition; the value is its name in ARNs."""

    AWS = "aws"
    CHINA = "aws-cn"
    GOVCLOUD = "aws-us-gov"
    EUROPEAN_SOVEREIGN = "aws-eusc"
    ISO = "aws-iso"
    ISO_B = "aws-iso-b"
    ISO_E = "aws-iso-e"
    ISO_F = "aws-iso-f"

    @classmethod
    def of_region(cls, region: str) -> Partition:
        """Return the partition of `region`, by the prefix of its name."""
        return next((each for each, prefix in _PREFIXES.items() if region.startswith(prefix)), cls.AWS)

    @property
    def dns_suffix(self) -> str:
        """The suffix of its endpoints' host names: `amazonaws.com`, `amazonaws.com.cn`."""
        return _SUFFIXES[self]

    @property
    def home_region(self) -> str:
        """The region that hosts its global IAM service."""
        return _HOMES[self]


_PREFIXES = {
    Partition.CHINA: "cn-",
    Partition.GOVCLOUD: "us-gov-",
    Partition.EUROPEAN_SOVEREIGN: "eusc-",
    Partition.ISO: "us-iso-",
    Partition.ISO_B: "us-isob-",
    Partition.ISO_E: "eu-isoe-",
    Partition.ISO_F: "us-isof-",
}
_SUFFIXES = {
    Partition.AWS: "amazonaws.com",
    Partition.CHINA: "amazonaws.com.cn",
    Partition.GOVCLOUD: "amazonaws.com",
    Partition.EUROPEAN_SOVEREIGN: "amazonaws.eu",
    Partition.ISO: "c2s.ic.gov",
    Partition.ISO_B: "sc2s.sgov.gov",
    Partition.ISO_E: "cloud.adc-e.uk",
    Partition.ISO_F: "csp.hci.ic.gov",
}
_HOMES = {
    Partition.AWS: "us-east-1",
    Partition.CHINA: "cn-north-1",
    Partition.GOVCLOUD: "us-gov-west-1",
    Partition.EUROPEAN_SOVEREIGN: "eusc-de-east-1",
    Partition.ISO: "us-iso-east-1",
    Partition.ISO_B: "us-isob-east-1",
    Partition.ISO_E: "eu-isoe-west-1",
    Partition.ISO_F: "us-isof-south-1",
}
