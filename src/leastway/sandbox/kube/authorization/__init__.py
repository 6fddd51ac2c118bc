"""Authorization by EKS access policies, then RBAC; either can allow, neither can deny."""
