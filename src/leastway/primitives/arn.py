"""Amazon Resource Names: `arn:partition:service:region:account:resource`.

Source of the format: IAM User Guide, "Identify AWS resources with ARNs".
"""

from __future__ import annotations

from dataclasses import dataclass

from leastway.errors import InvalidInputError

__all__ = ["Arn"]


@dataclass(frozen=True, slots=True, order=True)
class Arn:
    """One ARN, split at its first five colons; `resource` keeps its own colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Split `text`. Raises InvalidInputError for fewer than six segments, or if the first one is not `arn`."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
            raise InvalidInputError(
                f"{text!r} is not a valid ARN: expected arn:partition:service:region:account:resource"
            )
        return cls(*parts[1:])

    @property
    def resource_type(self) -> str:
        """The part of the resource before the first slash: `role` in `role/team/x`; the whole resource without one."""
        return self.resource.split("/", 1)[0]

    @property
    def name(self) -> str:
        """The last segment of the resource: `x` in `role/team/x`."""
        return self.resource.rsplit("/", 1)[-1]

    @property
    def path(self) -> str:
        """The IAM path, from slash to slash: `/team/` in `role/team/x`, `/` in `role/x`."""
        middle = self.resource.split("/")[1:-1]
        return "/" + "".join(f"{part}/" for part in middle)

    def without_path(self) -> Arn:
        """Return the ARN in the form that aws-auth needs: `role/team/x` becomes `role/x`."""
        return Arn(self.partition, self.service, self.region, self.account, f"{self.resource_type}/{self.name}")

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"
