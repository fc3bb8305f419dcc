"""
Bound checks of my classifier
=============================

What may be claimed of a classifier near an image? This notebook asks it of
scikit-learn's digits, and then of a network whose errors are known exactly.
The same check in a test suite is the fixture ``bound_check``, see
:doc:`/tutorials/checks`.
"""

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import adversarial_spheres as spheres

images, digits = load_digits(return_X_y=True)
images = images / 16  # 8 x 8 pixels from 0 to 1, ten classes
classifier = LogisticRegression(max_iter=500).fit(
    images[:600], digits[:600]
)

# %%
# An image in noise
# -----------------
#
# Each pixel of one image gets noise of standard deviation 0.3. Two claims:
# at most one noisy copy in five is misread, and the nearest misread image
# is 1.5 away from a noisy copy on average. The last line of a cell shows
# the result.

noisy = spheres.around(
    classifier, images[1600], label=digits[1600], noise=0.3
)
found = spheres.check_bound(
    noisy, spheres.Claims(error_rate=0.2, mean_distance=1.5)
)
found

# %%
# Counting errors was enough: *no* classifier that errs so often is that far
# from its errors, so the second claim is refuted without an attack. A frame
# of pandas has all digits, and the reasons. In it ``predicted`` is the
# limit at the share of errors that was counted, an estimate. The limit in
# the explanation, which refutes the claim, is larger: it is that at the
# lowest error rate that the count leaves possible.

found.to_frame()[
    ["verdict", "claimed", "predicted", "samples", "confidence"]
]

# %%
# Many images
# -----------
#
# Frames are joined by pandas. Each of these six verdicts has confidence
# 0.99, so that all of them together have 0.94 at least.

claims = spheres.Claims(error_rate=0.2)
found = {}
for number in range(1600, 1606):
    problem = spheres.around(
        classifier, images[number], label=digits[number], noise=0.3
    )
    found[number] = spheres.check_bound(problem, claims).to_frame()
checks = pd.concat(found, names=["image", None]).droplevel(1)
checks[["verdict", "observed", "samples"]].round(3)

# %%
# How near an attack comes
# ------------------------
#
# An attack finds an error near each of 100 noisy copies. Its distances are
# upper bounds; the limit, from the counted errors, is on the true mean.

measured = spheres.measure_problem(noisy, samples=100, seed=0)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
spheres.plotting.plot_distances(measured, ax=ax, bins=20)
legend = ax.legend()

# %%
# The errors are images, and the classifier reads each as another digit.

errors = noisy.inputs(measured.found.points[:5])
figure, axes = plt.subplots(1, 6, figsize=(9, 2), layout="constrained")
answers = [f"read as {answer}" for answer in classifier.predict(errors)]
titles = [f"a {digits[1600]}", *answers]
for ax, title, pixels in zip(
    axes, titles, [images[1600], *errors], strict=True
):
    ax.imshow(pixels.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])

# %%
# Errors that are known exactly
# -----------------------------
#
# Of a quadratic network on the paper's spheres nothing is sampled: its
# error rate and the limit that follows from it are exact, and the verdicts
# hold by proof.

network = spheres.QuadraticClassifier.from_alphas(spheres.paper_alphas())
claims = spheres.Claims(error_rate=1e-3, mean_distance=0.9)
found = spheres.check_bound(network, claims, sphere="inner")
assert found.checks[1].confidence == 1.0  # no sample was drawn
found

# %%
# In a test ``assert found`` is enough, or the fixture, which says why a
# test fails:
#
# .. code-block:: python
#
#     def test_noisy_image(bound_check):
#         image = {"around": images[1600], "label": digits[1600]}
#         bound_check(classifier, **image, noise=0.3, claim_error_rate=0.2)
#
# Your own network, PyTorch's and JAX's too, and what the check asks of it:
# :doc:`/tutorials/checks`. What noise around an image tells, and what it
# does not: :doc:`/tutorials/images`.
