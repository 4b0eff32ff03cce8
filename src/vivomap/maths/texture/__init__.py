"""How the grey levels of a region lie: which occur, beside which, in runs and zones of what size, and in what shape."""
