"""What makes a model doubtful, in a test session: in the table's section, in the failure, in the record."""

from __future__ import annotations

import pytest

from adversarial_spheres.numerics.storage.records import load_record

pytest_plugins = ["pytester"]

SOURCE = """
import numpy as np

def sigmoid(points):
    return 1 / (1 + np.exp(-10 * (points[:, 0] - 0.1)))

def test_probabilities_pass(bound_check):
    found = bound_check(sigmoid, claim_error_rate=0.5, dim=20, sphere="outer")
    assert [finding.name for finding in found.findings] == ["probabilities"]

def test_probabilities_fail(bound_check):
    bound_check(sigmoid, claim_error_rate=0.5, dim=20)

def test_batch(bound_check):
    bound_check(lambda points: points[:, 0] - points[:, 0].mean(), claim_error_rate=0.9, dim=20)
"""


def test_findings_are_shown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_user=SOURCE)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q", "--spheres-record=record")
    result.assert_outcomes(passed=1, failed=2, warnings=2)
    words = '*returns="probabilities"*'
    result.stdout.fnmatch_lines(
        [
            f"  WARNING {words}",
            "*ModelError: model must be a function of each point by itself*",
            "*== adversarial spheres ==*",
            f"warning: {words}test_probabilities_fail)",
            f"warning: {words}test_probabilities_pass)",
        ]
    )
    results = load_record(pytester.path / "record").values["results"]
    assert [[finding["name"] for finding in found["findings"]] for found in results] == [["probabilities"]] * 2
