"""Real clients through the gateway, on the embedded AWS: a package, so that its tests share one sandbox."""
