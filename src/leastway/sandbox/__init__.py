"""The embedded AWS and Kubernetes that a grant is rehearsed on."""
