"""Spherical caps: measures, heights and mean distances, exact at every dimension."""
