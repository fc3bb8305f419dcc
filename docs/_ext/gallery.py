"""The pages of the kept report, drawn from its records as the documentation is built."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from adversarial_spheres.exhibits import exhibit_of
from adversarial_spheres.figures import figures_of, save_figures
from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.storage.records import Record, load_record
from adversarial_spheres.rendering.latex import Table
from adversarial_spheres.report.plans import record_folder
from adversarial_spheres.report.statements import statement_table, statements


def kept_records(folder: Path) -> dict[str, Record]:
    """Records of a report by kind, in the order of the report."""
    return {experiment.kind: load_record(record_folder(folder, experiment.kind)) for experiment in EXPERIMENTS}


def write_gallery(folder: Path, target: Path) -> None:
    """Draw every figure of the report kept in ``folder``; write ``gallery.md`` and ``statements_of_the_paper.md``."""
    records = kept_records(folder)
    titles = {experiment.kind: experiment.title for experiment in EXPERIMENTS}
    lines = [_origin(json.loads((folder / "provenance.json").read_text(encoding="utf-8")))]
    lines += [":::::{container} thumbnails", *_thumbnails(records), ":::::"]
    for kind, record in records.items():
        save_figures(record, target / "gallery" / kind, ["svg"])
        lines += _section(kind, titles[kind], record)
    (target / "gallery.md").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    table = statement_table(statements(records))
    (target / "statements_of_the_paper.md").write_text(_markdown(table) + "\n", encoding="utf-8")


def _origin(provenance: Mapping[str, Any]) -> str:
    machine, versions = provenance["machine"], provenance["versions"]
    libraries = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"Made by `{provenance['command']}` in {provenance['seconds'] / 60:.0f} minutes with {provenance['workers']} "
        f"workers on {machine['cores']} cores ({machine['processor']}, {machine['system']}); {libraries}. "
        f"{provenance['remark']}."
    )


def _thumbnails(records: Mapping[str, Record]) -> Iterator[str]:
    """Each figure in small, above its title; it leads to the figure."""
    for kind, record in records.items():
        for name, spec in figures_of(record).items():
            options = _options(target=f"#{_anchor(kind, name)}", alt="to this figure")
            yield f":::{{figure}} {_picture(kind, name)}\n{options}\n\n{escaped(spec.title)}\n:::"


def _picture(kind: str, name: str) -> str:
    return f"/_generated/gallery/{kind}/{name}.svg"


def _anchor(kind: str, name: str) -> str:
    return f"{kind}-{name}".replace("_", "-")


def _options(**options: str) -> str:
    """The lines of a directive's options, quoted: a # would begin a comment."""
    return "\n".join(f":{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in options.items())


def _section(kind: str, title: str, record: Record) -> Iterator[str]:
    yield f"## {title}"
    yield from (escaped(paragraph) for paragraph in exhibit_of(kind).text(record))
    yield f"```sh\nadversarial-spheres figures docs/standard/experiments/{kind} --out figures\n```"
    for name, spec in figures_of(record).items():
        caption = f"**{escaped(spec.title)}.** {escaped(spec.caption(record))}"
        options = _options(name=_anchor(kind, name), alt=spec.alt_text(record))
        yield f":::{{figure}} {_picture(kind, name)}\n{options}\n\n{caption}\n:::"


def _markdown(table: Table) -> str:
    rows = [table.columns, ["---"] * len(table.columns), *table.rows]
    return "\n".join("| " + " | ".join(escaped(cell) if cell != "---" else cell for cell in row) + " |" for row in rows)


def escaped(text: str) -> str:
    """Plain text as MyST Markdown that shows just this text."""
    return re.sub(r"([\\`*_$<>\[\]{}|#])", r"\\\1", text)
