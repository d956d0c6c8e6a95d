"""The values that travel between stages. They hold no behaviour beyond their own consistency."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Drop(StrEnum):
    """Why a page, or a part of one, is not in the index. Every drop is counted under its name."""

    ROBOTS = "robots"  # robots.txt forbids it
    ROBOTS_UNAVAILABLE = "robots_unavailable"  # robots.txt answered 5xx or not at all
    NOINDEX = "noindex"  # robots meta tag or X-Robots-Tag
    CANONICAL = "canonical"  # the page names another page as the original
    WITHDRAWN = "withdrawn"  # the operator took it out
    EXCLUDED = "excluded"  # a pattern of its source leaves it out
    LINK_LIST = "link_list"  # nothing but links to other pages
    NO_CONTENT = "no_content"  # no main text found
    LITTLE_TEXT = "little_text"  # suspiciously less than its last good copy
    NOT_FOUND = "not_found"  # 404 or 410
    HTTP_ERROR = "http_error"  # any other 4xx, or 5xx after the retries
    UNREACHABLE = "unreachable"  # no connection, no answer in time, broken answer
    REDIRECTED = "redirected"  # its address now leads to another page
    REDIRECT_OFF_SITE = "redirect_off_site"  # a redirect to another host
    REDIRECT_LOOP = "redirect_loop"  # too many redirects
    PRIVATE_ADDRESS = "private_address"  # a private, loopback or otherwise reserved address
    TOO_LARGE = "too_large"  # more bytes than allowed, after decompression, or more memory
    UNREADABLE = "unreadable"  # elements nested too deeply to be read
    ENCRYPTED = "encrypted"  # a PDF that needs a password, or forbids that its text is copied
    NO_TEXT = "no_text"  # a PDF of pictures only, as a scan is
    BROKEN = "broken"  # a PDF that cannot be parsed
    TOO_MANY_PAGES = "too_many_pages"  # a PDF of more pages than are read
    TOO_SLOW = "too_slow"  # a PDF that takes longer to read than it may
    WRONG_TYPE = "wrong_type"  # not a page: image, archive, feed, ...
    PAGE_LIMIT = "page_limit"
    DEPTH_LIMIT = "depth_limit"
    TIME_LIMIT = "time_limit"
    LINK_LIMIT = "link_limit"  # more links, or other addresses, than are taken in
    TRAP = "trap"  # addresses without end whose pages say nothing new


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Addresses that a crawl left out together, since there are too many to name each."""

    reason: Drop
    what: str  # the pattern, page or file that they have in common
    count: int
    detail: str  # why, and what to do about it


@dataclass(frozen=True, slots=True)
class Fetched:
    """One URL's outcome in a crawl: a body when ``drop`` is None, else the reason there is none."""

    url: str  # the URL asked for, without fragment
    final_url: str  # after redirects
    status: int | None = None  # HTTP status; None when there was no answer
    content_type: str = ""  # media type and charset as the server sent them
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    robots_tag: str = ""  # X-Robots-Tag header
    fetched_at: str = ""  # UTC, ISO 8601, seconds
    drop: Drop | None = None
    detail: str = ""  # what exactly happened, for the report


@dataclass(frozen=True, slots=True)
class Part:
    """The smallest piece of a block that is kept whole if it can be: item, row or paragraph."""

    text: str  # plain text as it is shown
    run: str  # the same words as they stand in one element of the page; text fragments search it
    pages: tuple[tuple[int, int], ...] = ()  # of a PDF: (place in the text, page from there on)
    # Of a table's row or a definition: header or terms, and what stands under them.
    cells: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page's main content in reading order."""

    kind: str  # heading, paragraph, list, table, definitions, quote, caption, code
    parts: tuple[Part, ...]
    headings: tuple[str, ...]  # the trail above it, outermost first
    section: int  # counts headings: two headings with the same words are two sections
    anchor: str | None = None  # of the section's heading: an id that is unique on the page
    around: str | None = None  # the anchor of the nearest heading above that has one
    box: int = 0  # of the element that holds it: blocks with the same one stand side by side
    linked: float = 0.0  # share of its letters that lead to other pages of its site
    bids: bool = False  # beside it, in the same element, stood a button, a form or such links

    @property
    def text(self) -> str:
        """The block's text, a line per part."""
        return "\n".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A part of a page that was left out, and why."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class PageDates:
    """What a page says of its own dates, each ISO 8601: 2024-03-05, or 2024-03 without a day."""

    reviewed: str | None = None  # last reviewed; last updated where no review is named
    updated: str | None = None
    review_due: str | None = None


@dataclass(frozen=True, slots=True)
class PageContent:
    """What one page gives: HTML, or a PDF with all its pages."""

    url: str
    title: str
    language: str
    blocks: tuple[Block, ...]
    dropped: tuple[Dropped, ...] = ()
    runs: tuple[str, ...] = ()  # every text run of the whole page in order, menus included
    links: tuple[str, ...] = ()  # absolute http(s) URLs the page links to
    canonical: str | None = None
    noindex: bool = False
    reviewed: str | None = None  # these three are as in PageDates
    updated: str | None = None
    review_due: str | None = None
    audience: str = ""  # as its metadata declare it
    link_share: float = 0.0  # share of the main content's characters that are link text
    main_is_marked: bool = True  # the page or its source says where the main content is


@dataclass(frozen=True, slots=True)
class Chunk:
    """One passage of a page before it is given a place in an index."""

    text: str
    headings: tuple[str, ...]
    context: str  # title and trail as they are embedded in front of the text
    tokens: int  # of context and text as the encoder reads them
    link: str

    @property
    def embedded_text(self) -> str:
        """The text that the encoder reads."""
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage in an index. Row i of every structure of a generation is passage i."""

    id: str
    url: str
    path: str
    link: str
    title: str
    headings: list[str]
    text: str
    position: int  # of the passage on its page, from 0
    tokens: int
    content_hash: str  # SHA-256 of the embedded text: the key of its vector
    source: str
    audience: str
    section: str
    reviewed: str | None
    fetched_at: str
    context: str = ""
    updated: str | None = None
    review_due: str | None = None
    language: str = ""  # ISO 639-1, or "" where nothing tells

    @property
    def embedded_text(self) -> str:
        """The text that the encoder reads."""
        return f"{self.context}\n{self.text}" if self.context else self.text
