"""Random points: streams of random numbers, blocks, threads."""
