"""What requests there can be, and how to show one: by whom, for which action, on what, with which keys.

`callers` and `everyone` say who may ask, `willing` and `unplaced` what is taken of those of whom the policies say too
little, `actions` and `domain` what may be asked for; `plausible`, `witness` and `counterexample` make one request of a
model. Nothing here gives a verdict.
"""
