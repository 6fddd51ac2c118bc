"""The least-privilege way in: grants for deployment platforms on AWS and EKS, proved and revocable."""

__version__ = "0.1.0"
