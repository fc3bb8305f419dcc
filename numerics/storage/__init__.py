"""Files, records and their comparison."""
