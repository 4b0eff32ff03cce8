"""DICOMweb: questions, fetching and sending over HTTP."""
