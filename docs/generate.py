"""Write the generated parts of README: ``python -m docs.generate``."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings

from indexer.settings import IndexerSettings
from search.settings import SearchSettings

README = Path(__file__).resolve().parent.parent / "README.md"
_BEGIN = "<!-- settings: written by `python -m docs.generate` -->"
_END = "<!-- end of settings -->"


def settings_table() -> str:
    """A row for each setting of both halves: its variable, default, readers and meaning."""
    rows: dict[str, tuple[str, list[str], str]] = {}
    halves: tuple[tuple[str, type[BaseSettings]], ...] = (
        ("indexer", IndexerSettings),
        ("search", SearchSettings),
    )
    for half, settings in halves:
        for name, field in settings.model_fields.items():
            known = rows.get(name)
            readers = [*known[1], half] if known else [half]
            default = field.default
            shown = ", ".join(default) if isinstance(default, tuple) else str(default)
            rows[name] = (shown, readers, known[2] if known else str(field.description))
    lines = ["| variable | default | read by | meaning |", "|---|---|---|---|"]
    for name, (default, readers, meaning) in sorted(rows.items()):
        variable = f"`NET_{name.upper()}`"
        lines.append(f"| {variable} | `{default}` | {', '.join(readers)} | {meaning} |")
    return "\n".join(lines)


def with_settings(text: str) -> str:
    """README's text with the settings table as it should be."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{settings_table()}\n{_END}{after}"


if __name__ == "__main__":
    README.write_text(with_settings(README.read_text(encoding="utf-8")), encoding="utf-8")
