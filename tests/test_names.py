from __future__ import annotations

import pytest

from indexer.names import meaning, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("elementor-nav-menu--main", ("elementor", "nav", "menu", "main")),
        ("cookieConsent", ("cookie", "consent")),
        ("SITE_HEADER", ("site", "header")),
        ("field-2-col", ("field", "col")),
        ("h3", ("h3",)),
        ("", ()),
    ],
)
def test_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("article-share", "share bar"),
        ("social-links", "share bar"),
        ("jp-relatedposts", "related links"),
        ("CybotCookiebotDialog", "cookie notice"),
        ("my-Cookie-bar", "cookie notice"),
        ("nhsuk-skip-link", "navigation"),
        ("elementor-location-footer", "footer"),
        ("comment-41", "comments"),
        ("block--promo", "promotion"),
    ],
)
def test_what_names_frame(name: str, reason: str) -> None:
    found = meaning(name)
    assert found is not None
    assert found[0] == reason


@pytest.mark.parametrize(
    "name",
    [
        *(
            "social-support",
            "sharing-decisions",
            "shared-care",
            "cookie-free-diet",
            "cookie-policy",
        ),
        *("menu-plan", "header-text", "footer-note", "ad-hoc", "informed-consent", "contents"),
        *("has-large-font-size", "cmp-text", "main-content", "treatment-options", "follow-up"),
    ],
)
def test_what_is_no_name_of_a_frame(name: str) -> None:
    assert meaning(name) is None
