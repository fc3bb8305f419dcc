"""Attacks: errors near given points, upper bounds of distances."""
