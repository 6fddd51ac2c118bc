"""Humanitec's API, as far as leastway calls it, which leastway's server has, too.

`api_from_environment` says which API is meant, `compare` shows what registering a grant changes, `carry_out` does it.
"""

from leastway.humanitec.client import HumanitecApi, PlatformAnswer, RefusedByPlatformError
from leastway.humanitec.environment import api_from_environment, checked_api
from leastway.humanitec.planned import CheckResult, PlatformRequest, RegisteredObject, Registering, ToRegister
from leastway.humanitec.registering import carry_out, compare

__all__ = [
    "CheckResult",
    "HumanitecApi",
    "PlatformAnswer",
    "PlatformRequest",
    "RefusedByPlatformError",
    "RegisteredObject",
    "Registering",
    "ToRegister",
    "api_from_environment",
    "carry_out",
    "checked_api",
    "compare",
]
