"""Spectral and photon-counting CT: how much contrast agent there is, and what the image would be without it."""
