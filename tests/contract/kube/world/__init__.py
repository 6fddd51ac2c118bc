"""The environment of the contract suite: an AWS that signs and checks, clients, and the servers under contract."""
