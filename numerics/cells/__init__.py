"""Many computations, each once: cells, their store, and who runs them."""
