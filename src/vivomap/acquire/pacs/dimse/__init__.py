"""DIMSE: questions, fetching and sending over associations."""
