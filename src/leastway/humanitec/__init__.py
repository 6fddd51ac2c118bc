"""Humanitec's API, as far as leastway calls it: the credentials of a cloud account. leastway's server has it, too."""

from leastway.humanitec.client import HumanitecApi

__all__ = ["HumanitecApi"]
