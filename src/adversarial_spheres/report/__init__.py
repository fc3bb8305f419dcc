"""The report: from a record on disk to one self-contained page."""
