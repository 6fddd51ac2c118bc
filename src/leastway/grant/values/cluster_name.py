"""Rule `cluster-name`: what EKS accepts as a cluster name (EKS API reference, CreateCluster)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["ClusterName"]

_SHAPE = r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}"


def _check(text: str) -> str:
    if re.fullmatch(_SHAPE, text):
        return text
    if text.startswith("arn:"):
        _, _, _, region, account, name = (*text.split(":", 5), "", "", "", "")[:6]
        where = f", in account {account} and region {region}" if region and account else ""
        raise refusal(
            "cluster-name", f"{quote(text)} is an ARN", f"write only the name{where}: {name.rsplit('/', 1)[-1]}"
        )
    fix = "write up to 100 letters, digits, hyphens and underscores; `aws eks list-clusters` shows the name"
    raise refusal("cluster-name", f"{quote(text)} is not a valid cluster name", fix)


ClusterName = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": f"^{_SHAPE}$"})]
