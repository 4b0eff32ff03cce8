"""Molecular agents: uptake over the agent's own reference, amyloid in Centiloids, scores, and kinetics."""
