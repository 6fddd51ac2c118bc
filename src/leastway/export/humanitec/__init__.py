"""Format `humanitec`: cloud accounts and resource definitions, as HCL for its provider and as requests to its API."""

from leastway.export.humanitec.files import Humanitec

__all__ = ["Humanitec"]
