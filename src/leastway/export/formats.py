"""The export formats, by name. A new format needs a folder and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leastway.export.aws_cli import AwsCli
from leastway.export.cloudformation import CloudFormation
from leastway.export.exporter import Exporter
from leastway.export.humanitec import Humanitec
from leastway.export.kubernetes import Kubernetes
from leastway.export.mermaid import Mermaid
from leastway.export.stackset import StackSet
from leastway.export.terraform import Terraform

__all__ = ["FORMATS"]

_ALL: Final[tuple[Exporter, ...]] = (
    AwsCli(),
    CloudFormation(),
    StackSet(),
    Terraform(),
    Kubernetes(),
    Humanitec(),
    Mermaid(),
)

FORMATS: Final[Mapping[str, Exporter]] = {exporter.name: exporter for exporter in _ALL}
"""The exporter of each format, by the word on the command line."""
