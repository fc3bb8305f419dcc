"""Errors, checked arguments, probabilities in log space, metrics: what every other room builds on."""
