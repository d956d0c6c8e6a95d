"""docs/embedding.md: every example in it does what it says, against a served service."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup

from indexer.embed import embed
from indexer.layout import DataFolder
from indexer.publish import Contents, publish
from indexer.store import Store
from tests.fakes import AngleEncoder, passage
from tests.search_index import ROOT
from tests.serving import Served
from tests.test_client import CLIENT, SERVE, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from indexer.records import Passage

TEXT = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
PLACE = "https://search.example.org"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
# Each command with the answer that is shown behind it.
EXAMPLES = [
    (text, json.loads(shown)) for (kind, text), (_, shown) in pairwise(BLOCKS) if kind == "sh"
]
WORDPRESS = next(text for kind, text in BLOCKS if kind == "php")
ROUTES = ("search", "suggest", "passages/", "reindex", "jobs/")


def _about(number: int, text: str, position: int = 0) -> Passage:
    return passage(
        text,
        url=f"/site/{number}/",
        path=f"/treatments/{number}/",
        link=f"/site/{number}/",
        title="Treatment",
        headings=["Treatment", text],
        position=position,
        source="sample",
        audience="patient",
        section="treatments",
        reviewed="2026-06-03",
    )


PASSAGES = (
    _about(0, "Peptide receptor radionuclide therapy (PRRT), direction 170"),
    _about(0, "Side effects of PRRT, direction 45", 1),
    _about(0, "Later, direction 190", 2),
    *(_about(n, f"Other effects of PRRT, direction {45 + n}") for n in range(1, 6)),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service in which the examples' questions have answers."""
    data = DataFolder(tmp_path_factory.mktemp("embedding"))
    data.create()
    store, encoder = Store(data.store), AngleEncoder()
    vectors, _ = embed([each.embedded_text for each in PASSAGES], encoder, store)
    publish(data, Contents(PASSAGES, vectors, ("sample",), {}), encoder, store)
    store.close()
    with pytest.MonkeyPatch.context() as context:
        context.setenv("NET_OPERATOR_TOKEN", TOKEN)
        service = Served("-c", SERVE, str(data.root), keep=("NET_OPERATOR_TOKEN",))
    with service:
        yield f"http://127.0.0.1:{service.port}"


def _run(*command: str, home: Path, **settings: str) -> str:
    """What it wrote; it must end well. Of this test's environment it gets the path alone."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), "no_proxy": "*"}
    done = subprocess.run(
        command,
        env={**clean, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def _assert_holds(found: Any, shown: Any, at: str = "") -> None:
    """Whether all names that an example shows are in an answer, with values of the same types."""
    if isinstance(shown, dict):
        assert isinstance(found, dict), at
        for name, value in shown.items():
            assert name in found, f"{at}.{name}"
            _assert_holds(found[name], value, f"{at}.{name}")
    elif isinstance(shown, list):
        assert isinstance(found, list), at
        for value in shown:
            assert found, f"{at} is empty"
            _assert_holds(found[0], value, f"{at}[0]")
    elif found is not None:
        assert type(found) is type(shown), at


def test_there_is_an_example_of_every_route() -> None:
    commands = "".join(text for text, _ in EXAMPLES)
    assert [route for route in ROUTES if f"/api/v1/{route}" not in commands] == []
    assert "/readyz" in commands
    assert len(EXAMPLES) == sum(kind == "sh" for kind, _ in BLOCKS) >= len(ROUTES) + 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_a_command_answers_as_it_is_shown(
    served: str, tmp_path: Path, command: str, shown: Any
) -> None:
    settings = {"NET_SEARCH": served, "NET_OPERATOR_TOKEN": TOKEN}
    said = _run("sh", "-euc", command, home=tmp_path, **settings)
    _assert_holds(json.loads(said), shown)


@pytest.mark.parametrize(
    "found",
    [{}, {"a": {}}, {"a": []}, {"a": [{}]}, {"a": [{"b": "1"}]}, {"a": [{"b": 1.0}]}, []],
)
def test_another_answer_than_shown_is_seen(found: Any) -> None:
    with pytest.raises(AssertionError):
        _assert_holds(found, {"a": [{"b": 1}]})


def test_the_python_example_runs(served: str, tmp_path: Path) -> None:
    code = next(text for kind, text in BLOCKS if kind == "python").replace(PLACE, served)
    said = _run(sys.executable, "-c", code, home=tmp_path, PYTHONPATH=str(CLIENT.parent))
    assert f"{served}/site/0/" in said
    assert "<mark>Side</mark> <mark>effects</mark> of <mark>PRRT</mark>, direction 45" in said


@pytest.mark.parametrize("form", [BLOCKS[0][1], WORDPRESS.replace("%2$s", "q")])
def test_a_form_is_labelled_and_asks_what_the_page_reads(form: str) -> None:
    soup = BeautifulSoup(form, "lxml")
    (field,) = soup.select("form[role=search][method=get] input")
    assert soup.select_one(f"label[for={field['id']}]")
    assert (field["name"], field["type"], field["maxlength"]) == ("q", "search", "4000")
    assert field.has_attr("required")
    assert soup.select_one("form button[type=submit]")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_the_form_opens_the_search_page(served: str, tmp_path: Path) -> None:
    action = str(BeautifulSoup(BLOCKS[0][1], "lxml").form["action"])
    assert action.startswith(PLACE)
    query = urlencode({"q": "side effects of PRRT", "section": "treatments"})
    page = _run("curl", "-fsS", f"{served}{urlsplit(action).path}?{query}", home=tmp_path)
    assert f"{served}/site/0/" in page or 'href="/site/0/"' in page


def test_files_and_sections_that_it_links_to_exist() -> None:
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert links
    headings = {h.lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)}
    for link in links:
        file, _, section = link.partition("#")
        assert (ROOT / "docs" / file).exists(), link
        assert not section or section in headings, link


@pytest.mark.skipif(shutil.which("php") is None, reason="there is no php on this machine")
def test_the_wordpress_plugin_is_valid_php(tmp_path: Path) -> None:
    file = tmp_path / "net-search.php"
    file.write_text(WORDPRESS, encoding="utf-8")
    assert "No syntax errors" in _run("php", "-l", str(file), home=tmp_path)


def test_the_wordpress_plugin_is_one_file_with_its_header() -> None:
    assert WORDPRESS.startswith("<?php\n/**\n * Plugin Name: ")
    for name in ("[net_search]", "transition_post_status", "deleted_post", "NET_SEARCH_TOKEN"):
        assert name in WORDPRESS
