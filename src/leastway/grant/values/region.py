"""Rule `region`: the name of an AWS region, checked by its form. There is no list, because AWS adds regions."""

from __future__ import annotations

import difflib
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["RegionName"]

_SHAPE = r"[a-z]{2,4}(-[a-z]{2,5})?-(central|((north|south)(east|west)?|east|west))-[1-9][0-9]?"
_REGION = re.compile(_SHAPE)

# Used only for suggestions.
_WELL_KNOWN = (
    *("af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
    *("ap-southeast-1", "ap-southeast-2", "ca-central-1", "cn-north-1", "eu-central-1", "eu-central-2"),
    *("eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1"),
    *("me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
)


def _check(text: str) -> str:
    if _REGION.fullmatch(text):
        return text
    if _REGION.fullmatch(text[:-1]) and text[-1:].isalpha():
        message = f"{quote(text)} is an availability zone"
        raise refusal("region", message, f"write its region: {text[:-1]}")
    close = difflib.get_close_matches(text.lower().replace("_", "-"), _WELL_KNOWN, n=1)
    fix = f"did you mean {close[0]}?" if close else "write the region's code, such as eu-central-1"
    raise refusal("region", f"{quote(text)} is not an AWS region", fix)


RegionName = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": f"^{_SHAPE}$"})]
