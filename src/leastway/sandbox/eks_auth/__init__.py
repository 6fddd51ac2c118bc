"""How EKS turns a bearer token into a Kubernetes user, against the embedded AWS."""

from leastway.sandbox.eks_auth.authenticator import EksAuthenticator
from leastway.sandbox.eks_auth.directory import (
    AccessEntry,
    AuthenticationMode,
    CallerIdentity,
    EksDirectory,
    PresignedCall,
)

__all__ = ["AccessEntry", "AuthenticationMode", "CallerIdentity", "EksAuthenticator", "EksDirectory", "PresignedCall"]
