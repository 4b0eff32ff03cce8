"""One clinical question, one file: they declare and do not compute."""
