"""Classifiers of scikit-learn's digits in noise, held against the limit for any classifier."""

from .experiment import EXPERIMENT

__all__ = ["EXPERIMENT"]
