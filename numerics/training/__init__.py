"""Training: configuration, data, objectives, optimiser, loop, checkpoint."""
