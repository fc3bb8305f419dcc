"""The page in a real browser: nothing overflows, no request leaves it, it prints."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import browser
import pytest

from adversarial_spheres.numerics.experiments import nearest_pair, quadratic_network
from adversarial_spheres.numerics.experiments.nearest_pair import NearestPairConfig
from adversarial_spheres.report import job
from adversarial_spheres.report.job import Settings, run_report

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Chromium (Debian: apt install chromium)"),
]
MAIN = replace(
    quadratic_network.PROFILES["quick"],
    dim=12,
    hidden=20,
    max_steps=300,
    stop_below=None,
    distance_samples=500,
    monte_carlo_samples=500,
    history_samples=20,
    history_monte_carlo_samples=100,
)
WIDTHS = (360, 500, 1200)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("page")
    main = replace(quadratic_network.EXPERIMENT, profiles={"quick": MAIN})
    pairs = replace(nearest_pair.EXPERIMENT, profiles={"quick": NearestPairConfig(dim=8, points=60, draws=2)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "EXPERIMENTS", (main, pairs))
        run_report(Settings("quick"), folder)
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overflows(page: str, width: int) -> None:
    content, window = browser.widths(page, width)
    assert window == width
    assert content <= window


def test_the_test_of_overflow_can_fail(page: str) -> None:
    content, window = browser.widths(page.replace("<main>", '<main><div style="width: 700px">wide</div>'), 360)
    assert content > window


def test_no_request_leaves_the_page(page: str) -> None:
    assert browser.requests(page) == set()


def test_the_test_of_requests_can_fail(page: str) -> None:
    asked = browser.requests(page.replace("<main>", '<main><img alt="" src="http://example.invalid/picture.png">'))
    assert asked == {"http://example.invalid/picture.png"}


def test_it_prints(page: str) -> None:
    printed = browser.pdf(page)
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 3
