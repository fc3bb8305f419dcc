"""Quadratic classifiers: the tail of a quadratic form, and with it exact error rates."""
