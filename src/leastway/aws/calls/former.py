"""The forms of services whose models have moved to another protocol; AWS still takes them from SDKs of before.

Amazon SQS takes JSON since November 2023. The Terraform providers, aws CLIs and SDKs of before send it forms, whose
names are no longer in botocore's model.

Source: Amazon SQS API Reference, the examples of each action in the query protocol; Amazon SQS Developer Guide, "Making
Query API requests using AWS query protocol".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["with_former_names"]

_ITEMS: Final[Mapping[str, Mapping[str, str]]] = {
    "sqs": {
        "AWSAccountIdList": "AWSAccountId",
        "ActionNameList": "ActionName",
        "AttributeNameList": "AttributeName",
        "BinaryList": "BinaryListValue",
        "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
        "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
        "MessageAttributeNameList": "MessageAttributeName",
        "MessageSystemAttributeList": "MessageSystemAttributeName",
        "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
        "StringList": "StringListValue",
        "TagKeyList": "TagKey",
    }
}
"""By service and shape, the name of a list's items: `TagKey.1`."""
_MAPS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "sqs": {
        "MessageBodyAttributeMap": ("MessageAttribute", "Name"),
        "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name"),
        "QueueAttributeMap": ("Attribute", "Name"),
        "TagMap": ("Tag", "Key"),
    }
}
"""By service and shape, the name of a map's entries and of their keys: `Tag.1.Key` and `Tag.1.Value`."""


def with_former_names(service: str, raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a model with the names of its former forms, None if the service had no other protocol."""
    if service not in _ITEMS:
        return None
    shapes = dict(raw["shapes"])
    for name, item in _ITEMS[service].items():
        shape = shapes[name]
        shapes[name] = {**shape, "flattened": True, "member": {**shape["member"], "locationName": item}}
    for name, (entry, key) in _MAPS[service].items():
        shape = shapes[name]
        pair = {"key": {**shape["key"], "locationName": key}, "value": {**shape["value"], "locationName": "Value"}}
        shapes[name] = {**shape, "flattened": True, "locationName": entry, **pair}
    return {**raw, "shapes": shapes}
