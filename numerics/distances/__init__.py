"""Distances to the nearest error: exact, attacked, certified."""
