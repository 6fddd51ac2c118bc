"""A real kube-apiserver with an etcd, in the place of the small server.

It is used where `KUBEBUILDER_ASSETS` names a folder that has both programs, the convention of controller-runtime's
envtest. Tokens and EKS access policies are judged by webhooks that answer from this process, by the same code as for
the small server. No controllers run: a deleted namespace stays `Terminating`, and nothing is scheduled. What the
controller that aggregates ClusterRoles would do to `view`, `edit` and `admin` is done once at the start.

With a hook, requests go through this process (`front`): a watch is refused then, and a write that was accepted counts
as one even when it changed nothing. The state cannot be put back to a snapshot.
"""

from leastway.sandbox.kube.real.server import RealKubeServer

__all__ = ["RealKubeServer"]
