"""How much a policy or a set of rules comes to: each file answers why something is too broad, or with None."""
