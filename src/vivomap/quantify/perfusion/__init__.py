"""Perfusion by dynamic susceptibility contrast (DSC): how much blood tissue holds, how fast it passes, what leaks.

A bolus of contrast in the vessels makes a T2*-weighted signal fall. `series` turns signals into ΔR2* and finds the
reference; `volume` gives blood volume, corrected for leakage, `burden` its centile and shares, `leaking` what leaks;
`artery` and `flow` give blood flow; `course` the shape of the curve.
"""
