"""What a browser makes of a page: headless Chromium, without a network."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
REPORTS_WIDTH = """<script>
addEventListener("load", function () {
  parent.postMessage([document.scrollingElement.scrollWidth, innerWidth].join("/"), "*");
});
</script>"""
BROWSERS_OWN = "not an origin"
FRAME = """<!DOCTYPE html><title>frame</title>
<script>
addEventListener("message", function (event) {{ document.documentElement.dataset.found = event.data; }});
</script>
<iframe src="page.html" style="width: {width}px; height: 900px; border: 0"></iframe>"""


def run(*arguments: str) -> str:
    """Standard output of Chromium with a profile of its own."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory() as profile:
        command = [CHROMIUM, *QUIET, f"--user-data-dir={profile}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def widths(page: str, width: int) -> tuple[int, int]:
    """Width of the page's content, and of a window of ``width`` pixels, in which it is shown."""
    with tempfile.TemporaryDirectory() as folder:
        # A window cannot be as narrow as a telephone, a frame can.
        Path(folder, "page.html").write_text(page.replace("</body>", REPORTS_WIDTH + "</body>"), encoding="utf-8")
        frame = Path(folder, "frame.html")
        frame.write_text(FRAME.format(width=width), encoding="utf-8")
        shown = run("--window-size=1600,1000", "--virtual-time-budget=5000", "--dump-dom", frame.as_uri())
    found = re.search(r'data-found="(\d+)/(\d+)"', shown)
    assert found is not None, "the page did not load"
    return int(found[1]), int(found[2])


def requests(page: str) -> set[str]:
    """Addresses outside the page that it asks for when it is opened."""
    with tempfile.TemporaryDirectory() as folder:
        file, log = Path(folder, "page.html"), Path(folder, "log.json")
        file.write_text(page, encoding="utf-8")
        rules = "--host-resolver-rules=MAP * ~NOTFOUND"
        run(rules, f"--log-net-log={log}", "--virtual-time-budget=5000", "--dump-dom", file.as_uri())
        events = json.loads(log.read_text(encoding="utf-8"))["events"]
    asked = (event.get("params", {}) for event in events)
    # What the browser asks for itself (updates of its own) has no origin; a file's origin is "null".
    mine = {str(a["url"]) for a in asked if "url" in a and a.get("initiator", BROWSERS_OWN) != BROWSERS_OWN}
    return {url for url in mine if url.startswith(("http:", "https:", "ws:", "wss:"))}


def pdf(page: str) -> bytes:
    """The page as it is printed."""
    with tempfile.TemporaryDirectory() as folder:
        file, printed = Path(folder, "page.html"), Path(folder, "page.pdf")
        file.write_text(page, encoding="utf-8")
        run("--no-pdf-header-footer", f"--print-to-pdf={printed}", file.as_uri())
        return printed.read_bytes()
