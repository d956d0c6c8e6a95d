"""One spelling per page: a crawl compares URLs only after ``normalise_url``."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

LONGEST_URL = 2000  # characters; longer ones are traps (calendars, doubled paths), not pages

DEFAULT_PORTS = {"http": 80, "https": 443}

# Query parameters that name the visitor or the campaign, never the page.
_TRACKING = frozenset(
    "fbclid gclid dclid gbraid wbraid msclkid yclid igshid mc_cid mc_eid _ga _gl _hsenc _hsmi "
    "phpsessid jsessionid sessionid session_id sid cfid cftoken".split()
)
_TRACKING_PREFIXES = ("utm_", "aspsessionid", "mtm_", "pk_")
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?#]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")


def normalise_url(url: str) -> str:
    """The one spelling of an absolute http(s) URL; normalising twice changes nothing.

    Lower-case scheme and host, no default port, user name or fragment, dot segments resolved,
    the query sorted and freed of tracking and session parameters. Path case and a trailing
    slash stay: to a server ``/a`` and ``/a/`` may be two pages.

    Raises ValueError for anything that is not an absolute http(s) URL with a usable host and port.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise ValueError(f"not an absolute http(s) URL: {url[:200]!r}")
    port = parts.port  # ValueError when it is no port number
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != DEFAULT_PORTS[parts.scheme]:
        netloc += f":{port}"
    path = _PATH_SESSION.sub("", parts.path)
    clean = canonicalize_url(urlunsplit((parts.scheme, netloc, path, "", "")))
    query = "&".join(sorted(piece for piece in parts.query.split("&") if _names_page(piece)))
    if not query:
        return str(clean)
    query = urlsplit(safe_url_string(urlunsplit(("http", "host", "/", query, "")))).query
    return f"{clean}?{_ESCAPE.sub(lambda escape: escape[0].upper(), query)}"


def resolve_url(base: str, link: str) -> str | None:
    """The normalised target of a link on a page, or None when it is not a followable page."""
    try:
        url = normalise_url(urljoin(base, link.strip()))
    except ValueError:
        return None
    return url if len(url) <= LONGEST_URL else None


def site_of(url: str) -> tuple[str, int]:
    """The site a URL belongs to: host without ``www.``, and port (0 for the scheme's own).

    http and https, with and without ``www.``, are one site. Raises ValueError for a bad port.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    default = parts.port in {None, DEFAULT_PORTS.get(parts.scheme)}
    return host, 0 if default else parts.port or 0


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _names_page(piece: str) -> bool:
    name = piece.partition("=")[0].lower()
    return bool(piece) and name not in _TRACKING and not name.startswith(_TRACKING_PREFIXES)
