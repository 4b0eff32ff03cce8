"""Magnetic resonance spectra as numbers: spins in a pulse sequence, a basis of molecules, the fit of their sum."""
