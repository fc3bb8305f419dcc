"""Certified lower bounds for ReLU networks, rounding included."""
