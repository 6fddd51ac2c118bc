"""A sandbox as a pod of a cluster, for machines that allow no namespaces.

`place` says where the pods are, `launching` makes one and looks at it, `running` is the sandbox while it works, over
a `session`. `inside`, with what it imports, and `stage` are sent to the pod. The cluster is a `leastway.ports.Pods`.
"""
