"""The mean distance of a quadratic classifier's errors, without a sample."""
