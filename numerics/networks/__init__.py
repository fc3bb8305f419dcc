"""Networks in NumPy: forward pass, input gradient and parameter gradients."""
