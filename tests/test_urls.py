from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from w3lib.url import safe_url_string

from indexer.urls import normalise_url, origin_of, resolve_url, site_of


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("http://example.org:80/", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("http://example.org./a", "http://example.org/a"),
        ("http://user:secret@example.org/a", "http://example.org/a"),
        ("  http://example.org/a\n", "http://example.org/a"),
        ("http://example.org/Types/A", "http://example.org/Types/A"),
        ("http://example.org/a/", "http://example.org/a/"),
        ("http://example.org/a#part", "http://example.org/a"),
        ("http://example.org/a/./b/../c", "http://example.org/a/c"),
        ("http://example.org/../../a", "http://example.org/a"),
        ("http://example.org/%7euser/caf%c3%a9", "http://example.org/~user/caf%C3%A9"),
        ("http://example.org/café", "http://example.org/caf%C3%A9"),
        ("http://example.org/a%2fb%3fc", "http://example.org/a%2Fb%3Fc"),
        ("http://example.org/a b", "http://example.org/a%20b"),
        ("http://büro.example/", "http://xn--bro-hoa.example/"),
        ("http://[2001:DB8:0::1]:80/", "http://[2001:db8::1]/"),
        ("http://example.org/?b=2&a=1", "http://example.org/?a=1&b=2"),
        ("http://example.org/?print", "http://example.org/?print"),
        ("http://example.org/?q=a%2fb", "http://example.org/?q=a%2Fb"),
        ("http://example.org/?", "http://example.org/"),
        ("http://example.org/?&&", "http://example.org/"),
        ("http://example.org/?utm_source=x&id=3&fbclid=y&GCLID=z", "http://example.org/?id=3"),
        ("http://example.org/?PHPSESSID=1f&page=2", "http://example.org/?page=2"),
        ("http://example.org/a;jsessionid=AB12?x=1", "http://example.org/a?x=1"),
        ("http://example.org/?sid=1&side=2", "http://example.org/?side=2"),
    ],
)
def test_normalise_url(url: str, normal: str) -> None:
    assert normalise_url(url) == normal


@pytest.mark.parametrize(
    "url",
    [
        *("", "/a", "//example.org/a", "mailto:a@example.org", "javascript:alert(1)", "http://"),
        *("file:///etc/passwd", "data:text/html,x", "http:///a", "http://example.org:port/"),
        *("http://example.org:99999/", "http://[::1/", "ftp://example.org/"),
    ],
)
def test_what_is_no_page_address(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        normalise_url(url)


@given(
    st.text("abcXYZ019-._~%/?&=;:@!$'()*+,é #\t", max_size=40),
    st.sampled_from(["http", "HTTPS"]),
)
def test_normalising_twice_changes_nothing(rest: str, scheme: str) -> None:
    url = normalise_url(f"{scheme}://example.org/{rest}")
    assert normalise_url(url) == url
    assert safe_url_string(url) == url  # what is compared is what is sent
    assert urlsplit(url).hostname == "example.org"


@given(st.text(max_size=60))
def test_any_link_resolves_to_a_normal_url_or_nothing(link: str) -> None:
    url = resolve_url("http://example.org/a/", link)
    assert url is None or normalise_url(url) == url


def test_resolve_url() -> None:
    base = "http://example.org/a/b"
    assert resolve_url(base, " ../c ") == "http://example.org/c"
    assert resolve_url(base, "//other.example/x") == "http://other.example/x"
    assert resolve_url(base, "#top") == base
    assert resolve_url(base, "mailto:a@example.org") is None
    assert resolve_url(base, "/" + "x" * 2000) is None


def test_site_of() -> None:
    same = ["http://example.org/a", "https://example.org/", "https://www.example.org:443/b"]
    assert {site_of(url) for url in same} == {("example.org", 0)}
    assert site_of("http://example.org:8080/") == ("example.org", 8080)
    assert site_of("http://example.org:443/") != site_of("https://example.org/")
    assert site_of("http://en.example.org/") != site_of("http://example.org/")


def test_origin_of() -> None:
    assert origin_of("http://example.org:81/a?b") == "http://example.org:81"
