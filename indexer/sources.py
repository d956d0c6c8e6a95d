"""Sites to index: ``corpus/sources.toml``, or one made from a ``--site`` argument."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from indexer.errors import ConfigurationError


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]


class CrawlLimits(BaseModel):
    """Bounds on one crawl of one source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pages: int = Field(5000, ge=1, description="pages fetched")
    depth: int = Field(10, ge=0, description="links followed from a start URL")
    seconds: float = Field(3600, gt=0, description="time for the whole crawl")
    bytes: int = Field(10_000_000, ge=1, description="size of one page after decompression")
    timeout: float = Field(30, gt=0, description="seconds to wait for one whole answer")
    delay: float = Field(1.0, ge=0, description="seconds between requests, unless robots.txt says")
    retries: int = Field(3, ge=0, description="further tries after 429, 5xx and time-outs")
    backoff: float = Field(1.0, ge=0, description="seconds before the first further try, doubled")
    redirects: int = Field(10, ge=0, description="redirects followed in a row")


class Source(BaseModel):
    """One site: where it starts, what belongs to it, and what is known of its pages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    enabled: bool = True
    folder: Path | None = Field(None, description="a static site on disk, instead of start_urls")
    base_url: str | None = Field(None, description="the real address of the folder's pages")
    start_urls: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = Field((), description="besides those robots.txt names")
    include: tuple[Pattern, ...] = Field((), description="paths to keep; none means all")
    exclude: tuple[Pattern, ...] = Field((), description="paths to leave out")
    never_trap: tuple[Pattern, ...] = Field((), description="paths that are no trap, however alike")
    content_selector: str | None = Field(None, description="CSS selector of the main content")
    drop_selectors: tuple[str, ...] = Field((), description="CSS selectors of parts to leave out")
    audience: Literal["patient", "carer", "clinician", "general"] = "general"
    audiences: dict[str, Literal["patient", "carer", "clinician", "general"]] = Field(
        {}, description="path prefix to audience, where it is another than the site's"
    )
    sections: dict[str, str] = Field({}, description="path prefix to section name")
    permission: str = Field("", description="why we may index it")
    notice: str = Field("", description="what visitors of the search page must know of its text")
    allow_private: bool = Field(False, description="its hosts may have private addresses")
    limits: CrawlLimits = CrawlLimits()

    @model_validator(mode="after")
    def _check(self) -> Source:
        if (self.folder is None) == (not self.start_urls):
            raise ValueError("give either folder or start_urls")
        for url in (*self.start_urls, *self.sitemaps, *filter(None, [self.base_url])):
            if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
                raise ValueError(f"not an http(s) URL: {url!r}")
        return self

    def wants(self, path: str) -> bool:
        """Whether the include and exclude patterns keep a URL path."""
        kept = not self.include or any(re.search(p, path) for p in self.include)
        return kept and not any(re.search(p, path) for p in self.exclude)

    def wants_url(self, url: str) -> bool:
        """Whether the patterns keep a URL; exclude may name its query too: '[?&]sort='."""
        parts = urlsplit(url)
        query = f"{parts.path}?{parts.query}"
        return self.wants(parts.path) and not any(re.search(p, query) for p in self.exclude)

    def may_trap(self, url: str) -> bool:
        """Whether a URL may be taken for one of endless ones that say nothing new."""
        return not any(re.search(p, urlsplit(url).path) for p in self.never_trap)

    def audience_of(self, path: str) -> Literal["patient", "carer", "clinician", "general"] | None:
        """Whom a page is for by the longest prefix, else the site's; None: the page is to say."""
        for prefix in sorted(self.audiences, key=len, reverse=True):
            if path.startswith(prefix):
                return self.audiences[prefix]
        return None if self.audience == "general" else self.audience

    def section_of(self, path: str) -> str:
        """The section of a page: mapped by the longest prefix, else the path's first segment."""
        for prefix in sorted(self.sections, key=len, reverse=True):
            if path.startswith(prefix):
                return self.sections[prefix]
        first, _, rest = path.lstrip("/").partition("/")
        return first if rest or not first.endswith((".html", ".htm", ".pdf")) else ""


def from_site(site: str, base_url: str | None = None) -> Source:
    """The source that a ``--site`` argument names: an http(s) URL or a folder.

    Naming a host allows its address, whatever it is; that of another host is still checked.
    """
    if re.match(r"https?://", site, re.IGNORECASE):
        try:
            parts = urlsplit(site)
            host = parts.hostname or ""
            _ = parts.port
        except ValueError as error:
            raise ConfigurationError(f"--site {site!r} is not a usable URL: {error}") from error
        if base_url:
            raise ConfigurationError(
                f"--base-url goes with a folder; the pages of {site} have addresses of their own"
            )
        if not host or parts.username or parts.password:
            raise ConfigurationError(f"--site {site!r} needs a host, and no user name or password")
        name = re.sub(r"[^a-z0-9.-]+", "-", parts.netloc.lower()).strip("-.") or "site"
        return Source(name=name, start_urls=(site,), allow_private=True)
    if not site.strip():
        raise ConfigurationError("--site is empty; give a URL or a folder")
    folder = Path(site)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise ConfigurationError(
            f"--site {site!r} {what}; give a folder, or a URL that begins with http:// or https://"
        )
    name = re.sub(r"[^a-z0-9.-]+", "-", folder.resolve().name.lower()).strip("-.") or "site"
    try:
        return Source(name=name, folder=folder.resolve(), base_url=base_url)
    except ValidationError as error:
        raise ConfigurationError(f"--base-url {base_url!r}: {_first(error)}") from error


def load(file: Path) -> list[Source]:
    """The enabled sources of a TOML file; its folders are relative to the file."""
    enabled = [source for source in entries(file) if source.enabled]
    if not enabled:
        raise ConfigurationError(f"sources file {file} has no enabled [[source]]")
    return enabled


def entries(file: Path) -> list[Source]:
    """All sources of a TOML file."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"sources file {file}: {error}") from error
    entries = data.get("source", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigurationError(f"sources file {file}: each source begins with [[source]]")
    sources = []
    for number, entry in enumerate(entries, 1):
        try:
            source = Source.model_validate(entry)
        except ValidationError as error:
            name = entry.get("name", f"number {number}")
            raise ConfigurationError(
                f"sources file {file}, source {name}: {_first(error)}"
            ) from error
        if source.folder is not None:
            folder = (file.parent / source.folder).resolve()
            if source.enabled and not folder.is_dir():
                raise ConfigurationError(
                    f"sources file {file}, source {source.name}: no folder {folder}"
                )
            source = source.model_copy(update={"folder": folder})
        sources.append(source)
    names = [source.name for source in sources]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigurationError(f"sources file {file}: the name {min(twice)} is used twice")
    return sources


def named(name: str, file: Path) -> Source:
    """The enabled source of a file that has this name. Raises ConfigurationError."""
    sources = {source.name: source for source in load(file)}
    if name not in sources:
        raise ConfigurationError(
            f"sources file {file} has no enabled source {name!r}, but {', '.join(sorted(sources))}"
        )
    return sources[name]


def _first(error: ValidationError) -> str:
    detail = error.errors()[0]
    where = ".".join(str(part) for part in detail["loc"])
    return f"{where}: {detail['msg']}" if where else str(detail["msg"])
