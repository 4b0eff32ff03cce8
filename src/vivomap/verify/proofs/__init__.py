"""Deeds that are no biomarkers, each with its proof: adding a file with a card adds its row."""
