"""Runs of real Terraform in real sandboxes, through the gateway, on the embedded AWS. One server for the folder."""
