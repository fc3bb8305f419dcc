"""Confidence intervals and sequences."""
