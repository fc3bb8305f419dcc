"""What is proved or computed exactly: pure, deterministic functions of numbers and arrays."""
