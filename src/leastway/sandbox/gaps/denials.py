"""The resource in AccessDenied messages.

AWS (IAM User Guide, "Troubleshoot access denied error messages"): `User: <arn> is not authorized to perform: <action>
on resource: <arn> because no identity-based policy allows the <action> action`. ministack: leaves out the resource, so
the message does not say which permission is missing on what.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.process.engine import Function, change, require


@change("core.iam_actions", "access_denied_response")
def _response(original: Function, service: str, action: str, principal: str, request: str, **details: Any) -> Any:
    of_the_resource = details.get("resource_policy_arn")
    if not details.get("error_code") and not details.get("message") and not of_the_resource:
        resource, explicit = details.get("resource_arn", "*"), details.get("explicit_deny", False)
        name = require("core.iam_actions", "identity_denial_message")
        details["message"] = name(action, principal, resource, explicit)
    return original(service, action, principal, request, **details)
