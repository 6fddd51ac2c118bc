"""The rules that take more than one value of the grant, or another file, each in a file of its own.

A rule looks at the tree, not at the validated document: what is wrong elsewhere hides nothing from it, and each
problem stands at the node that causes it. `leastway.grant.load` runs them all.
"""
