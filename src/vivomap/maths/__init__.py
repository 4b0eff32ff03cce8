"""Numerics without medicine."""
