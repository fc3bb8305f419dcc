"""Numbers and figures as text: LaTeX, PGF, formatted values."""
