"""A bench for attacks: problems whose every nearest error is known, and a scorer that believes no attack."""
