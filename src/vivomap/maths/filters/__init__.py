"""Filters that bring out edges, spots, waves or detail of one size in an image, after the definitions of IBSI 2."""
