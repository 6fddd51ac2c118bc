"""A request through a VPC endpoint has aws:SourceVpce and no aws:SourceIp.

AWS (IAM User Guide, "AWS global condition context keys"): `aws:SourceIp` is absent when the request comes through a VPC
endpoint; `aws:SourceVpce` names the endpoint. ministack: `aws:SourceIp` is always the address of the TCP peer.

That peer is `X-Forwarded-For` here (`process.calls`), for identity policies and trust policies alike.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.process.calls import VPC_ENDPOINT
from leastway.sandbox.process.engine import Function, change


@change("core.iam_evaluator", "_resolve_condition_key")
def _resolve(original: Function, key: str, ctx: Any) -> Any:
    name = key.lower()
    if name == "aws:sourceip":
        return None if ctx.source_ip.startswith(VPC_ENDPOINT) else ctx.source_ip
    if name == "aws:sourcevpce":
        return ctx.source_ip if ctx.source_ip.startswith(VPC_ENDPOINT) else None
    return original(key, ctx)
