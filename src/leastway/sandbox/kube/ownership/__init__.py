"""Which field manager owns which fields of an object: `metadata.managedFields`.

Source: Kubernetes documentation, "Server-Side Apply".
"""
