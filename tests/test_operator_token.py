"""Who holds the operator's token, and which forms were made here."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from search.errors import RequestError
from search.operator_token import form_token, holds, is_form_token, is_same_origin, token_of

TOKEN = "planted-token-öf-the-operator"
NOW = 1_700_000_000.0


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def test_without_a_token_the_routes_are_off() -> None:
    with pytest.raises(RequestError, match="set NET_OPERATOR_TOKEN") as refused:
        token_of(None)
    assert (refused.value.status, refused.value.code) == (404, "not_enabled")
    assert token_of(SecretStr(TOKEN)) == TOKEN


@pytest.mark.parametrize("user", ["", "me", "Zoë"])
def test_the_password_of_any_user_is_the_token(user: str) -> None:
    assert holds(basic(user, TOKEN), TOKEN, basic=True)
    assert holds(basic(user, TOKEN).replace("Basic", "bASIC"), TOKEN, basic=True)


def test_a_password_is_no_bearer_s_token() -> None:
    assert holds(f"Bearer {TOKEN}", TOKEN)
    assert holds(f"Bearer {TOKEN}", TOKEN, basic=True)
    assert not holds(basic("me", TOKEN), TOKEN)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + b64encode(TOKEN.encode()).decode(),
        f"Basic {TOKEN}",
        f"Digest {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        basic(TOKEN, ""),
        basic("me", TOKEN[:-1]),
        basic("me", TOKEN + "x"),
        basic("me:" + TOKEN, "x"),
        basic("me", "x:" + TOKEN),
    ],
)
def test_anything_else_is_not_it(header: str) -> None:
    assert not holds(header, TOKEN, basic=True)


def test_a_password_may_hold_colons() -> None:
    assert holds(basic("me", "a:b:c"), "a:b:c", basic=True)


@given(st.floats(0, 3600))
def test_a_form_lives_for_an_hour_at_least_and_two_at_most(later: float) -> None:
    made = form_token(TOKEN, NOW)
    assert is_form_token(made, TOKEN, NOW + later)
    assert not is_form_token(made, TOKEN, NOW + later + 7200)


def test_a_form_of_another_token_or_none_is_refused() -> None:
    assert not is_form_token(form_token("another token", NOW), TOKEN, NOW)
    assert not is_form_token("", TOKEN, NOW)
    assert not is_form_token("ä", TOKEN, NOW)
    assert TOKEN not in form_token(TOKEN, NOW)


@pytest.mark.parametrize(
    ("fetch_site", "origin", "same"),
    [
        (None, None, True),
        ("same-origin", None, True),
        ("none", None, True),
        ("same-origin", "null", True),
        ("same-site", "https://example.org", False),
        ("cross-site", "https://example.org", False),
        ("cross-site", None, False),
        ("", None, False),
        (None, "https://example.org", True),
        (None, "http://example.org", True),
        (None, "https://example.org:8443", False),
        (None, "https://evil.example", False),
        (None, "https://example.org.evil.example", False),
        (None, "null", False),
        (None, "", False),
    ],
)
def test_a_form_from_elsewhere_is_told_by_what_browsers_say(
    *, fetch_site: str | None, origin: str | None, same: bool
) -> None:
    assert is_same_origin(fetch_site, origin, "example.org") is same
