"""What the figures show: one module for each kind of record, with its table ``FIGURES``."""
