"""All metadata stands in setup.cfg."""

from pathlib import Path

from setuptools import setup

PACKAGE = Path(__file__).parent / "src" / "adversarial_spheres"
LOST = [room for room in ("theory", "numerics") if not (PACKAGE / room / "__init__.py").is_file()]
if LOST:
    # A checkout that turned the links into plain files would build, in silence, a package without these rooms.
    raise SystemExit(
        f"{PACKAGE}: {' and '.join(LOST)} must be symbolic links to the folders of that name; "
        "check out with symbolic links (git config core.symlinks true), or install a built distribution"
    )
setup()
