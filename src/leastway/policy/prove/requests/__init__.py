"""The requests that are possible, and how to build one: its caller, action, resource and context keys.

`callers` and `everyone` define the callers, `willing` and `unplaced` what is assumed where the policies say too little
about them, `actions` and `domain` the actions and resources; `plausible`, `witness` and `counterexample` turn a model
into a request. Nothing here gives a verdict.
"""
