"""Benchmarks: each module prints a table of ours, a peer or a limit, and their ratio."""
