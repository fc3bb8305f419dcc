"""Twins of the float functions in arbitrary precision (mpmath), each by a method of its own where one exists."""
