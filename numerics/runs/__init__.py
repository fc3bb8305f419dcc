"""Training runs with their measurements as cells, and what the records of experiments share."""
