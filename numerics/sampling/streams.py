"""What random numbers are drawn for: the first word of a generator's key, one for each purpose.

Two purposes with the same word could draw the same points, so that results which are held against each other as
independent would not be. The words stand in one place; a test holds that no two are equal and that no other place has
one.
"""

from __future__ import annotations

INITIALISATION_KEY = 0
ONLINE_KEY = 1
TRAINING_SET_KEY = 2
ORDER_KEY = 3
MONTE_CARLO_KEY = 101
DISTANCE_KEY = 102
EXACT_SAMPLE_KEY = 103
ATTACK_KEY = 104
ATTACK_DISTANCE_KEY = 105
BOUND_CHECK_KEY = 106
PILOT_KEY = 107
RUN_KEY = 108
IMPORTANCE_KEY = 109
CALIBRATION_KEY = 110
SLICE_KEY = 111
ROTATION_KEY = 112
NETWORK_KEY = 113
BOUNDARY_DISTANCE_KEY = 114
NEAREST_PAIR_KEY = 115
CERTIFICATE_KEY = 116
SANITY_KEY = 117
DESCRIPTION_KEY = 118
PROBLEM_KEY = 119
BENCH_KEY = 120
SPACE_KEY = 121
DATA_SET_KEY = 122
ERROR_KEY = 123
CONTROL_KEY = 124

SPHERE_KEY = {"inner": 0, "outer": 1}
"""Second word, where a purpose concerns one sphere."""
