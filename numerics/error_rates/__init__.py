"""Error rates: counted, by splitting, by importance sampling."""
