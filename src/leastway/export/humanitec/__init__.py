"""`humanitec`: cloud accounts and resource definitions, as HCL for Humanitec's provider and as bodies for its API."""

from leastway.export.humanitec.files import Humanitec

__all__ = ["Humanitec"]
