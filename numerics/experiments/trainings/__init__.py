"""Experiments on what changes with the training: its objective, and the outer radius of the problem."""
