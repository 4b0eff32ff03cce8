"""The version of vivomap, which every provenance names."""

__version__ = "0.1.0"
