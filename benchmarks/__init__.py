"""Timings and accuracies against peers: ``python -m benchmarks.<topic>``; peers that aren't installed are skipped."""
