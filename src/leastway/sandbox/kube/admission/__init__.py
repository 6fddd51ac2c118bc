"""What the server completes in an object of its own accord, and what it refuses.

Source: the API reference of each kind, and what a kube-apiserver answers.
"""

from leastway.sandbox.kube.admission.checks import check
from leastway.sandbox.kube.admission.defaults import complete

__all__ = ["check", "complete"]
