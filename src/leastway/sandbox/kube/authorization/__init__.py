"""Who may do what: EKS access policies, then RBAC; either may allow, neither can deny."""
