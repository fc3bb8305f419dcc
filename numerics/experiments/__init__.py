"""Experiments: functions from a configuration to a record."""
