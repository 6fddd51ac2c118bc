"""AWS's partitions: groups of regions that share nothing, not accounts, ARNs or endpoints.

Sources: AWS Fault Isolation Boundaries, "Partitions"; botocore's `partitions.json` for the names, the prefixes of
regions and the DNS suffixes, against which a test holds this table. A region of no known prefix is of `aws`, where
new regions get prefixes of their own.
"""

from __future__ import annotations

import enum

__all__ = ["Partition"]


class Partition(enum.StrEnum):
    """One partition; the value is what ARNs call it."""

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
        """Return the partition that `region` lies in, by the prefix of its name."""
        return next((each for each, prefix in _PREFIXES.items() if region.startswith(prefix)), cls.AWS)

    @property
    def dns_suffix(self) -> str:
        """What the names of its endpoints end in: `amazonaws.com`, `amazonaws.com.cn`."""
        return _SUFFIXES[self]

    @property
    def home_region(self) -> str:
        """The region where its IAM is at home, which has no region of its own."""
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
