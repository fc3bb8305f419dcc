"""The nearest error of a quadratic classifier, certified, for one point and for many."""
