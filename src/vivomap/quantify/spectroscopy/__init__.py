"""Molecules by magnetic resonance spectroscopy: ratios, levels by the water of the voxel, and the quality of both."""
