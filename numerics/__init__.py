"""What is trained, sampled and measured, and the comparison of the measured with theory."""
