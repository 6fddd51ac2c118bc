"""What the contract suite is played with: an AWS that signs and checks, clients, and the servers under contract."""
