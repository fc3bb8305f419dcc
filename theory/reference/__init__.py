"""Twins of the float functions in arbitrary precision (mpmath), by a method of their own where one exists."""
