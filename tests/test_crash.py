"""The indexer is killed at fifty moments, in every stage: the service never notices, nothing is lost.

The moments are calls of named functions, so every run of this test dies at the same places.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from indexer.judgments import read_judgments
from indexer.layout import DataFolder
from indexer.reader import IndexReader, read_passages
from indexer.store import Store
from search.engine import Engine
from search.request import SearchRequest
from tests.crashing import source_of
from tests.fakes import FakeEncoder
from tests.runs import html, write
from tests.search_index import ROOT, settings
from tests.serving import Served, environment
from tests.sites import Answer, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# before or after which call of which function of the indexer
MOMENTS = """
    before runs.RunRecord.begin 1            after runs.RunRecord.begin 1
    before site.Store.put_source 1           after pipeline.place 1
    before gather._record 1                  before gather._record 3
    after gather._record 2                   after store.Store.put 1
    before store.Store.put 4                 after pipeline.gather 1
    after derived.read_page 1                after derived.read_page 3
    before store.Store.put_derived 2         after store.Store.put_derived 3
    before settle._record 1                  after lifecycle.read 2
    after settle._record 1                   after pipeline.settle 1
    before derived.chunk 1                   before derived.chunk 3
    after derived.chunk 2                    before pipeline.embed 1
    before embed._encoded 1                  after embed._encoded 2
    before store.Store.put_vectors 1         after store.Store.put_vectors 1
    before store.Store.put_vectors 2         after store.Store.put_vectors 3
    before pipeline.refuse_losses 1          before publish.clear_unfinished 1
    before publish._write 1                  before dense_build.faiss.serialize_index 1
    after dense_build.faiss.serialize_index 1
    before publish.keyword.build 1           after publish.keyword.build 1
    before publish._fit 1                    before publish.write_manifest 1
    before publish.check 1                   before pipeline.judge_quality 1
    after pipeline.judge_quality 1           after pipeline.write_manifest 1
    before publish.sync_tree 1               after publish.sync_tree 1
    before publish.sync_folder 1             after publish.sync_folder 1
    before publish.write_durably 1           before layout.os.fsync 30
    after publish.write_durably 1            before pipeline.publish_without_withdrawn 1
    before pipeline.prune 1                  before dense_place.shutil.rmtree 1
    after pipeline.prune 1                   before derived.Derived.forget_unused 1
    before store.Store.end_crawls 1          after store.Store.end_crawls 1
    before runs.RunRecord._end 1             after runs.RunRecord._end 1
"""
SERVICE = """
import sys
import search.engine, search.serve
from search.settings import load_settings
from tests.fakes import FakeEncoder
search.engine.SentenceTransformerEncoder = lambda name: FakeEncoder()
data = sys.argv[1]
search.serve.serve(lambda: load_settings(data=data, port=0, workers=1))
"""
PAGES = {
    "treatments/prrt.html": "PRRT is given in four courses",
    "treatments/surgery.html": "Surgery may remove the whole tumour",
    "care/diet.html": "Small meals help after surgery",
    "care/team.html": "A nurse answers the telephone on weekdays",
}
PASSAGES = 8


def moments() -> list[str]:
    words = MOMENTS.split()
    return [" ".join(words[at : at + 3]) for at in range(0, len(words), 3)]


def edition(root: Path, number: int) -> None:
    """Write the site anew: every page says which edition it is of."""
    for name, text in PAGES.items():
        body = f"<p>{text}, says edition {number}.</p><h2>More</h2><p>{text} again, {number}.</p>"
        write(root, {name: html(text, body)})


@contextmanager
def runner(data: DataFolder, site: str) -> Iterator[Callable[..., int]]:
    """Runs of a site, each in a process of its own; the argument says where it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crashing", str(data.root), site],
        cwd=ROOT,
        env={**environment(), "NET_INDEX": data.vectors_at},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def run(moment: str = "") -> int:
        print(moment, file=process.stdin, flush=True)
        return int(process.stdout.readline())

    try:
        yield run
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def texts(data: DataFolder) -> list[tuple[str, tuple[str, ...], str, str]]:
    passages = read_passages(data.live())
    return [(each.url, tuple(each.headings), each.text, each.link) for each in passages]


def edition_of(data: DataFolder) -> str:
    """The one edition that the live index holds, whole."""
    (held,) = {text.rstrip(".").split()[-1] for _, _, text, _ in texts(data)}
    assert len(texts(data)) == PASSAGES
    return held


def results(data: DataFolder) -> list[list[str]]:
    """What comes first for every judged question, in order."""
    encoder = FakeEncoder()
    engine = Engine(IndexReader.open(data.live(), encoder), encoder, settings(data=data.root))
    asked = [each.query for each in read_judgments(ROOT / "corpus" / "judgments.jsonl")]
    requests = [SearchRequest(q=q, group_by="none", per_page=50) for q in asked]
    return [[hit["id"] for hit in engine.search(each)["hits"]] for each in requests]


def editions_served(service: Served) -> tuple[str, set[str], int]:
    """The version that answers, the editions of all that it holds, and how many passages."""
    query = quote(" ".join(PAGES.values()))
    answer = service.json(f"/api/v1/search?q={query}&group_by=none&per_page=50")
    found = {hit["text"].rstrip(".").split()[-1] for hit in answer["hits"]}
    return answer["index_version"], found, len(answer["hits"])


def test_killed_at_fifty_moments(data: DataFolder, tmp_path: Path) -> None:
    assert len(moments()) >= 50
    site = tmp_path / "clinic"
    edition(site, 0)
    with runner(data, str(site)) as run:
        assert run() == 0
        builds = {data.live().build_id: edition_of(data)}
        with Served("-c", SERVICE, str(data.root)) as service:
            for number, moment in enumerate(moments(), 1):
                edition(site, number)
                assert run(moment) == -9, f"{moment} is never reached"
                builds[data.live().build_id] = edition_of(data)
                # It may not have looked yet, but what it serves was whole and live.
                version, served, count = editions_served(service)
                assert served == {builds[version]}, moment
                assert count == PASSAGES, moment
                assert run() == 0, f"after {moment} the next run fails"
                builds[data.live().build_id] = edition_of(data)
                assert edition_of(data) == str(number), moment
    # The same as where nothing was ever disturbed.
    calm = DataFolder(tmp_path / "calm")
    with runner(calm, str(site)) as run:
        assert run() == 0
    assert texts(data) == texts(calm)
    assert results(data) == results(calm)
    assert not list(data.index.glob(".new-*"))


def visited(data: DataFolder, site: Site) -> set[str]:
    """The addresses that a run which was cut off need not ask again."""
    store = Store(data.store)
    try:
        return set(store.begin_crawl(source_of(site.url()).name, "", ""))
    finally:
        store.close()


def test_a_crawl_that_was_killed_goes_on_where_it_was(data: DataFolder) -> None:
    """No page is asked twice, though the site has no validators."""
    names = [f"/page-{number}/" for number in range(8)]
    body = "<p>All there is to know of this page, which is {}.</p>"
    links = "".join(f'<p>Go on to <a href="{name}">the next page of all</a>.</p>' for name in names)
    with Site({name: Answer(html(name, body.format(name))) for name in names}) as site:
        site.routes["/"] = Answer(html("Home", body.format("home") + links))
        with runner(data, site.url()) as run:
            for moment in ("before gather._record 4", "after gather._record 3"):
                assert run(moment) == -9
                done = visited(data, site)
                assert 3 <= len(done) <= 6
                site.asked.clear()
            assert run("before embed._encoded 1") == -9
            assert {site.url(asked.path) for asked in site.asked} & done == set()
            assert len(visited(data, site)) == 9
            site.asked.clear()
            assert run() == 0
            assert [asked.path for asked in site.asked if asked.path in {"/", *names}] == []
            assert len({url for url, *_ in texts(data)}) == 9
            # The next one asks anew.
            assert run() == 0
            assert len([asked for asked in site.asked if asked.path in {"/", *names}]) == 9
