from __future__ import annotations

import json
from pathlib import Path

import pytest

from search.errors import SettingsError
from search.settings import SearchSettings, load_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SearchSettings.model_fields:
        monkeypatch.delenv(f"NET_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("DATA", "/srv/net", Path("/srv/net")),
        ("INDEX", "milvus+http://u:p@10.0.0.1:19530/net", "milvus+http://u:p@10.0.0.1:19530/net"),
        ("INDEX", "milvus+file:/srv/net.db", "milvus+file:/srv/net.db"),
        ("PORT", "0", 0),
        ("PORT", "65535", 65535),
        ("HOST", "::1", "::1"),
        ("WORKERS", "64", 64),
        ("SEMANTIC_WEIGHT", "0", 0.0),
        ("SEMANTIC_WEIGHT", "1", 1.0),
        ("RARE_PASSAGES", "0", 0),
        ("CANDIDATES", "10", 10),
        ("EXAMPLES", '["one", "two"]', ("one", "two")),
        ("EXAMPLES", "[]", ()),
        ("THREADS", "64", 64),
        ("QUEUE", "0", 0),
        ("QUEUE", "500", 500),
        ("RATE_LIMIT", "0", 0),
        ("RATE_LIMIT", "60000", 60_000),
        ("PROXIES", "8", 8),
        ("LOG_FORMAT", "json", "json"),
        ("GAPS", "true", True),
        ("ORIGINS", "[]", ()),
        (
            "ORIGINS",
            '["https://www.example.org", "http://localhost:8080", "http://127.0.0.1:1"]',
            ("https://www.example.org", "http://localhost:8080", "http://127.0.0.1:1"),
        ),
        (
            "ORIGINS",
            '["https://[2001:db8::1]:8443", "http://[::1]", "https://xn--bcher-kva.example"]',
            ("https://[2001:db8::1]:8443", "http://[::1]", "https://xn--bcher-kva.example"),
        ),
        ("HELPLINE", "Call 13 11 20 <now>", "Call 13 11 20 <now>"),
    ],
)
def test_a_setting_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, value: object
) -> None:
    monkeypatch.setenv(f"NET_{name}", written)
    assert getattr(load_settings(), name.lower()) == value


def test_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NET_PORT", "9000")
    monkeypatch.setenv("NET_HOST", "127.0.0.2")
    settings = load_settings(port=9001, host=None, data="there")
    assert (settings.port, settings.host, settings.data) == (9001, "127.0.0.2", Path("there"))


def test_a_value_by_name_is_read_as_the_environment_is_and_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NET_PORT", "9000")
    written = {"port": "9002", "examples": '["one"]', "data": "elsewhere", "semantic_weight": "1"}
    settings = load_settings(written, port=9001, data="there", threads=3)
    assert (settings.port, settings.data, settings.threads) == (9002, Path("elsewhere"), 3)
    assert (settings.examples, settings.semantic_weight) == (("one",), 1.0)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("semantic_weigth", "1", "'semantic_weigth'.*semantic_weight"),
        ("SEMANTIC_WEIGHT", "1", "no setting 'SEMANTIC_WEIGHT'"),
        ("semantic_weight", "", "NET_SEMANTIC_WEIGHT"),
        ("semantic_weight", "nan", "NET_SEMANTIC_WEIGHT"),
        ("rare_passages", "2.5", "NET_RARE_PASSAGES"),
        ("examples", "one", "NET_EXAMPLES: not JSON"),
    ],
)
def test_a_bad_value_by_name_is_refused(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings({name: value})


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INDEX", "milvus"),
        ("INDEX", "milvus+ftp://host:19530"),
        ("INDEX", "milvus+file:net"),
        ("INDEX", "my embedded"),
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("WORKERS", "0"),
        ("WORKERS", "65"),
        ("THREADS", "0"),
        ("SEMANTIC_WEIGHT", "1.1"),
        ("SEMANTIC_REACH", "-0.1"),
        ("TITLE_BOOST", "-1"),
        ("CANDIDATES", "9"),
        ("RARE_PASSAGES", "-1"),
        ("RARE_PASSAGES", "few"),
        ("THREADS", "65"),
        ("QUEUE", "-1"),
        ("QUEUE", "501"),
        ("QUEUE", "many"),
        ("RATE_LIMIT", "-1"),
        ("RATE_LIMIT", "60001"),
        ("RATE_LIMIT", "0.5"),
        ("PROXIES", "-1"),
        ("PROXIES", "9"),
        ("LOG_FORMAT", "JSON"),
        ("LOG_FORMAT", ""),
        ("GAPS", "perhaps"),
        ("OPERATOR_TOKEN", "only15character"),
        ("ORIGINS", "https://www.example.org"),
        ("ORIGINS", '"https://www.example.org"'),
        ("EXAMPLES", '{"a": "list"}'),
        ("EXAMPLES", "not JSON"),
    ],
)
def test_a_bad_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv(f"NET_{name}", written)
    with pytest.raises(SettingsError, match=f"NET_{name}"):
        load_settings()


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "null", "", "https://", "www.example.org", "//www.example.org", "https:www"),
        *("https://www.example.org/", "https://www.example.org/page", "https://www.example.org?"),
        *("https://*.example.org", "https://.*", "https://www.example.org\n", " https://a.org"),
        *("HTTPS://www.example.org", "https://WWW.example.org", "ftp://www.example.org"),
        *("https://user@www.example.org", "https://www.example.org:", "https://a.org:123456"),
        *("https://a.org,https://b.org", "https://b\u00fccher.example", "file://", "https://[]"),
        *("https://[::1", "https://www.example.org#", "javascript:alert(1)", "https://a_b.org"),
    ],
)
def test_what_is_no_origin_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("NET_ORIGINS", json.dumps(["https://www.example.org", origin]))
    with pytest.raises(SettingsError, match=r"^setting NET_ORIGINS: ") as refused:
        load_settings()
    assert repr(origin) in str(refused.value)


def test_a_token_that_cannot_be_used_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NET_OPERATOR_TOKEN", "planted-token")
    with pytest.raises(SettingsError, match="NET_OPERATOR_TOKEN") as refused:
        load_settings()
    assert "planted" not in str(refused.value)
    monkeypatch.setenv("NET_OPERATOR_TOKEN", "planted-token-of-the-operator")
    assert "planted" not in repr(load_settings())


def test_every_setting_says_what_it_is() -> None:
    for name, field in SearchSettings.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name
    SearchSettings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1  # type: ignore[misc]


def test_a_wrong_address_is_named_without_its_password() -> None:
    with pytest.raises(SettingsError, match=r"setting NET_INDEX.*milvus\+tcp://…@host") as caught:
        load_settings({"index": "milvus+tcp://user:secret@host:19530"})
    assert "secret" not in str(caught.value)
