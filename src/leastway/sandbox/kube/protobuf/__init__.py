"""Bodies in Kubernetes' protobuf, `application/vnd.kubernetes.protobuf`, as kubectl sends what it makes itself.

`kubectl create role` and `kubectl auth can-i` are such; a manifest goes as JSON. Answers are always JSON.
"""

from leastway.sandbox.kube.protobuf.envelope import MEDIA_TYPE, decode_envelope

__all__ = ["MEDIA_TYPE", "decode_envelope"]
