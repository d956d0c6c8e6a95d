"""A passage as one cites it: its words, its page, the address that lands on it, and the dates."""

from __future__ import annotations

from datetime import date

from search.schema import Hit


def citation(hit: Hit, host: str) -> str:
    """The citation of a hit. ``host`` is the origin of addresses that the service itself serves."""
    names = [name for name in (hit["title"], *hit["headings"]) if name.strip()] or [hit["path"]]
    where = ": ".join(dict.fromkeys((names[0], names[-1])))
    link = hit["link"] or hit["url"]
    link = host.rstrip("/") + link if link.startswith("/") else link
    dates = [f"reviewed or updated {in_words(hit['reviewed'])}"] if hit["reviewed"] else []
    dates.append(f"retrieved {in_words(hit['fetched_at'])}")
    text = " ".join(hit["text"].split())
    return f"“{text}” {where}. {link} ({', '.join(dates)})."


def in_words(iso: str) -> str:
    """A date, or a time's day, as a reader writes it: 3 June 2026, or June 2026 without a day."""
    day = date.fromisoformat(iso[:10] if len(iso) >= len("2026-06-03") else f"{iso}-01")
    return f"{day.day} {day:%B %Y}" if len(iso) >= len("2026-06-03") else f"{day:%B %Y}"
