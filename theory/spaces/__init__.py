"""The bound for any classifier: error rate against distance to the nearest error."""
