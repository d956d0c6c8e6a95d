"""What a site allows robots: robots.txt, robots meta tags and X-Robots-Tag headers."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protego import Protego

if TYPE_CHECKING:
    from collections.abc import Iterable

PRODUCT = "NETSearchBot"  # what robots.txt and robots meta tags call us
# An operator puts a URL or e-mail address of their own into NET_CRAWL_CONTACT: it takes the place
# of the text in parentheses, so that a site's owner can reach whoever crawls it.
USER_AGENT = (
    f"{PRODUCT}/0.1 (+https://github.com/; search indexer for neuroendocrine tumour resources)"
)
LONGEST_DELAY = 60.0  # seconds; a longer Crawl-delay would stretch a crawl over days
MOST_BYTES = 512 * 1024  # of a robots.txt that are read (RFC 9309 asks for at least 500 KiB)

_MEANT_FOR_ALL = frozenset({"", "*", "robots", PRODUCT.lower()})
# Directives that carry a value after a colon, which makes them look like a robot's name.
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})


def user_agent() -> str:
    """The User-Agent header: who we are and how to reach the operator."""
    contact = re.sub(r"[^!-'*-~]+", "", os.environ.get("NET_CRAWL_CONTACT", ""))
    if not contact:
        return USER_AGENT
    sign = "+" if contact.lower().startswith(("http://", "https://")) else ""
    return f"{PRODUCT}/0.1 ({sign}{contact})"


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """One host's robots.txt as it applies to one robot.

    ``crawl_delay`` is in seconds, None when the file gives none. ``available`` is False when the
    file could not be had, which forbids everything (RFC 9309); ``detail`` then says why.
    """

    sitemaps: tuple[str, ...] = ()
    crawl_delay: float | None = None
    available: bool = True
    detail: str = ""
    _rules: Protego | None = None
    _robot: str = PRODUCT

    @classmethod
    def parse(cls, body: bytes, user_agent: str = PRODUCT) -> RobotsRules:
        """The rules that a robots.txt file gives; whatever cannot be read in it allows."""
        # Only the product token counts: words of a full User-Agent would match other robots' rules.
        robot = re.split(r"[/\s]", user_agent.strip())[0] or PRODUCT
        rules = Protego.parse(body[:MOST_BYTES].decode("utf-8-sig", errors="ignore"))
        delay = rules.crawl_delay(robot)
        if delay is not None:
            delay = min(delay, LONGEST_DELAY) if delay >= 0 else None
        return cls(tuple(rules.sitemaps), delay, _rules=rules, _robot=robot)

    @classmethod
    def answered(cls, status: int, body: bytes) -> RobotsRules:
        """The rules after an HTTP answer: 4xx allows everything, 5xx nothing."""
        if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own numbers
            return cls.parse(body)
        if 400 <= status < 500 and status != 429:  # noqa: PLR2004
            return cls()
        return cls.unavailable(f"robots.txt answered {status}")

    @classmethod
    def unavailable(cls, detail: str) -> RobotsRules:
        """The rules when robots.txt could not be had: nothing is allowed."""
        return cls(available=False, detail=detail)

    def allowed(self, url: str) -> bool:
        """Whether the robot may fetch a URL."""
        if not self.available:
            return False
        return self._rules is None or bool(self._rules.can_fetch(url, self._robot))


@dataclass(frozen=True, slots=True)
class RobotsDirectives:
    """What a page asks of robots that index it."""

    noindex: bool = False
    nofollow: bool = False


def robots_directives(meta_values: Iterable[str] = (), x_robots_tag: str = "") -> RobotsDirectives:
    """The directives in a page's robots meta tags and X-Robots-Tag headers, the strictest of all.

    ``meta_values`` are the ``content`` of the meta tags named ``robots`` or as this robot;
    ``x_robots_tag`` holds one header a line. A header may name the robot it is meant for
    ("otherbot: noindex, nofollow"); what is meant for another robot is left out.
    """
    words = {word for value in meta_values for word in _words(value)}
    for line in x_robots_tag.splitlines():
        words.update(_meant_for_us(line))
    everything = "none" in words
    return RobotsDirectives("noindex" in words or everything, "nofollow" in words or everything)


def _meant_for_us(header: str) -> Iterable[str]:
    robot = ""
    for piece in header.split(","):
        name, colon, rest = piece.partition(":")
        if colon and name.strip().lower() not in _VALUED and re.fullmatch(r"\s*[\w*.-]+\s*", name):
            robot, piece = name.strip().lower(), rest  # noqa: PLW2901 - the name ends here
        if robot in _MEANT_FOR_ALL:
            yield from _words(piece)


def _words(value: str) -> list[str]:
    return [word for word in re.split(r"[,;\s]+", value.lower()) if word]
