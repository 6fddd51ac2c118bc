"""A real kube-apiserver with etcd, instead of the small server.

It is used if `KUBEBUILDER_ASSETS` names a folder with both programs, the convention of controller-runtime's envtest.
Webhooks in this process check tokens and EKS access policies, with the same code as for the small server. No
controllers run: a deleted namespace stays `Terminating`, and nothing is scheduled. `view`, `edit` and `admin` get the
rules that the aggregation controller would give them, once, at the start.

With a hook, requests pass through this process (`front`): watches are refused then, and an accepted write counts as one
even if it changed nothing.
"""

from leastway.sandbox.kube.real.server import RealKubeServer

__all__ = ["RealKubeServer"]
