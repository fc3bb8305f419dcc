"""Fitted classifiers of other libraries whose answers are known functions of the point."""
