"""Whole runs on a small folder site: what gets in, what is left out, what is done again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from indexer.errors import CrawlError, EncoderError, IndexNotFoundError, StoreError
from indexer.linkcheck import BrokenLink
from indexer.pages import read_page
from indexer.report import PageNote
from indexer.sources import Source, from_site
from indexer.store import Store
from tests.booklets import booklet_of
from tests.fakes import FakeEncoder
from tests.runs import Runs, html, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.encoder import Vectors
    from indexer.layout import DataFolder

# The template of these pages marks nothing: its words are known only by their coming again.
FRAME_ABOVE = ("Harbourside clinic, open on weekdays", "Ring the desk before you come")
FRAME_BELOW = ("Harbourside clinic is a made-up place", "Words last looked over in spring")
SECTIONS = {
    "Surgery": "A surgeon takes the growth out. Most people go home within one week.",
    "Injections": "A nurse gives the injection every month, deep into the muscle.",
    "Scans": "The scan takes two hours and you lie still for most of that time.",
    "Diet": "Small meals through the day are easier than three large ones.",
    "Travel": "Carry a letter from your doctor that lists every medicine you take.",
}


def _framed(title: str, body: str, head: str = "") -> str:
    above, below = (
        "".join(f"<p>{line}</p>" for line in lines) for lines in (FRAME_ABOVE, FRAME_BELOW)
    )
    return (
        f"<html><head><title>{title}</title>{head}</head><body>"
        f'<nav><a href="/">Front door</a></nav>'
        f"<div>{above}</div><h1>{title}</h1>{body}<div>{below}</div>"
        f"<footer>Imprint of the clinic</footer></body></html>"
    )


def _site(root: Path) -> Source:
    pages = {
        f"care/{name.lower()}.html": _framed(
            name,
            f"<p>{words}</p><h2>Afterwards</h2><p>Rest after {name.lower()} for a day or two.</p>",
        )
        for name, words in SECTIONS.items()
    }
    links = "".join(f'<li><a href="{path}">{path}, more to read here</a></li>' for path in pages)
    surgery = pages["care/surgery.html"]
    write(
        root,
        {
            "robots.txt": "User-agent: *\nDisallow: /members/\n",
            "index.html": f"<title>Home</title><body><main><ul>{links}</ul></main></body>",
            **pages,
            "care/surgery.html": surgery.replace(
                "</p><h2>",
                ' <a href="/nowhere.html">More</a> <a href="https://trials.example/">Trials</a>'
                " </p><h2>",
                1,
            ),
            "members/area.html": html("Members", "<p>Only members may read these words.</p>"),
            "draft.html": html(
                "Draft",
                '<p>Nobody has checked this text. <a href="/nowhere.html">See</a></p>',
                '<meta name="robots" content="noindex">',
            ),
            "print/surgery.html": surgery.replace(
                "</head>", '<link rel="canonical" href="/care/surgery.html"></head>'
            ),
            "empty.html": html("Nothing", ""),
            "leaflet.pdf": "%PDF-1.4 no text in it",
        },
    )
    return from_site(str(root))


@pytest.fixture
def runs(data: DataFolder) -> Runs:
    return Runs(data)


@pytest.fixture
def site(tmp_path: Path) -> Source:
    return _site(tmp_path / "clinic")


def test_the_report_names_each_page_that_is_left_out(runs: Runs, site: Source) -> None:
    report = runs(site)
    assert set(report.dropped) == {
        PageNote("/site/members/area.html", "robots", "robots.txt forbids it"),
        PageNote("/site/draft.html", "noindex", "robots meta tag"),
        PageNote(
            "/site/print/surgery.html",
            "canonical",
            "names /site/care/surgery.html as the original",
        ),
        PageNote("/site/", "link_list", "100% of its text are links"),
        PageNote("/site/empty.html", "no_content", "no main text found"),
        PageNote(
            "/site/leaflet.pdf",
            "broken",
            "PDFSyntaxError: No /Root object! - Is this really a PDF?",
        ),
    }
    assert len(report.dropped) == 6
    assert report.drops == {page.reason: 1 for page in report.dropped}
    assert report.answers == {"200": 10, "robots": 1}
    assert report.states == {"active": 5}
    # Pages that are left out are part of the site all the same: their links count.
    assert report.broken_links == [
        BrokenLink(
            "/site/nowhere.html", "no such file", ("/site/care/surgery.html", "/site/draft.html")
        )
    ]
    assert report.external_links == {"https://trials.example/": ["/site/care/surgery.html"]}
    assert report.published
    assert (report.pages, report.sources) == (5, ["clinic"])
    assert set(report.seconds) == {"crawl", "extract", "chunk", "embed", "publish"}


def test_passages_hold_the_words_of_the_pages_and_no_others(runs: Runs, site: Source) -> None:
    runs(site)
    text = "\n".join(passage.text for passage in runs.passages)
    for words in SECTIONS.values():
        assert words in text
    for words in (*FRAME_ABOVE, *FRAME_BELOW, "Front door", "Imprint", "members", "checked"):
        assert words not in text
    assert runs.urls == [f"/site/care/{name}.html" for name in sorted(map(str.lower, SECTIONS))]


def test_passages_say_where_they_are_from(runs: Runs, site: Source) -> None:
    source = site.model_copy(update={"audience": "patient"})
    report = runs(source)
    passage = runs.passages[1]
    assert (passage.url, passage.path) == ("/site/care/diet.html", "/care/diet.html")
    assert passage.link.startswith("/site/care/diet.html#:~:text=")
    assert (passage.title, passage.headings) == ("Diet", ["Diet", "Afterwards"])
    assert (passage.source, passage.audience, passage.section) == ("clinic", "patient", "care")
    assert (passage.position, passage.reviewed) == (1, None)
    assert passage.fetched_at == runs.stored[passage.url].fetched_at
    assert passage.embedded_text == "Diet > Afterwards\nRest after diet for a day or two."
    assert passage.tokens == runs.encoder.count_tokens(passage.embedded_text)
    assert len({passage.id for passage in runs.passages}) == len(runs.passages) == report.passages
    manifest = runs.live.manifest
    assert manifest.build_id == report.build_id
    assert (manifest.pages, manifest.passages) == (report.pages, report.passages)
    assert manifest.folders == {"/site/": str(site.folder)}


def test_ids_stay_when_other_pages_change(runs: Runs, site: Source) -> None:
    runs(site)
    before = {passage.id: passage for passage in runs.passages}
    write(
        site.folder, {"care/aaa.html": html("New", "<p>A page that comes before the others.</p>")}
    )
    runs(site)
    after = {passage.id: passage for passage in runs.passages}
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()


def test_a_second_run_does_nothing_again(
    runs: Runs, site: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = runs(site)
    assert first.embedded == first.passages == 10
    monkeypatch.setattr("indexer.derived.chunk", lambda *_: pytest.fail("done again"))
    read: list[str] = []
    monkeypatch.setattr(
        "indexer.derived.read_page",
        lambda page, on: (read.append(page.url), read_page(page, on))[1],
    )
    runs.encoder = encoder = FakeEncoder()
    second = runs(site)
    assert encoder.encoded == []
    assert read == ["/site/draft.html", "/site/leaflet.pdf"], "what gives no content is looked at"
    assert (second.embedded, second.published) == (0, False)
    assert second.build_id == first.build_id
    assert [each.build_id for each in runs.data.generations()] == [first.build_id]
    assert second.run_id != first.run_id
    assert (second.dropped, second.pages) == (first.dropped, first.pages)


def test_only_the_changed_section_is_embedded(runs: Runs, site: Source) -> None:
    first = runs(site)
    before = {passage.content_hash for passage in runs.passages}
    file = site.folder / "care/scans.html"
    file.write_text(file.read_text().replace("two hours", "about three hours"))
    runs.encoder = encoder = FakeEncoder()
    second = runs(site)
    assert (second.embedded, second.passages) == (1, first.passages)
    new = [passage for passage in runs.passages if passage.content_hash not in before]
    assert [(each.url, each.headings) for each in new] == [("/site/care/scans.html", ["Scans"])]
    assert encoder.encoded[0] == new[0].embedded_text
    assert "about three hours" in new[0].text
    assert second.published
    assert second.build_id != first.build_id


def test_a_deleted_file_is_kept_for_one_run(runs: Runs, site: Source) -> None:
    first = runs(site)
    url, file = "/site/care/diet.html", site.folder / "care/diet.html"
    words = file.read_text()
    file.unlink()
    second = runs(site)
    assert runs.state(url) == ("missing", "not_found")
    assert (second.pages, second.published) == (first.pages, False)
    assert second.states == {"active": 4, "missing": 1}
    assert second.answers["not_found"] == 1
    assert url in runs.urls
    assert url not in {page.url for page in second.dropped}, "it is not left out yet"
    # A link to it is broken from the first run on.
    assert (url, ("/site/",)) in [(link.url, link.on) for link in second.broken_links]
    third = runs(site)
    assert runs.state(url) == ("dropped", "not_found")
    assert url not in runs.urls
    assert PageNote(url, "not_found", "no such file") in third.dropped
    assert (third.pages, third.published, third.embedded) == (first.pages - 1, True, 0)
    fourth = runs(site)
    assert not fourth.published
    assert url not in {page.url for page in fourth.dropped}
    file.write_text(words)
    fifth = runs(site)
    assert runs.state(url) == ("active", None)
    assert (fifth.pages, fifth.embedded) == (first.pages, 0), "its vectors were kept"


def test_a_file_that_is_back_in_time_was_never_away(runs: Runs, site: Source) -> None:
    first = runs(site)
    file = site.folder / "care/diet.html"
    words = file.read_text()
    file.unlink()
    runs(site)
    file.write_text(words)
    assert runs(site).states == {"active": 5}
    assert runs.data.live().build_id == first.build_id


def test_a_copy_takes_the_place_of_its_lost_original(runs: Runs, site: Source) -> None:
    first = runs(site)
    (site.folder / "care/surgery.html").unlink()
    # As long as the original is kept, there is no room for its copy.
    assert runs(site).pages == first.pages
    assert runs.state("/site/print/surgery.html") == ("dropped", "canonical")
    third = runs(site)
    assert runs.state("/site/print/surgery.html") == ("active", None)
    assert "/site/print/surgery.html" in runs.urls
    assert "/site/care/surgery.html" not in runs.urls
    assert third.states == {"active": 5}


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("robots.txt", "User-agent: *\nDisallow: /members/\nDisallow: /care/diet.html\n", "robots"),
        (
            "care/diet.html",
            _framed("Diet", "<p>Words</p>", '<meta name="robots" content="none">'),
            "noindex",
        ),
        (
            "care/diet.html",
            _framed("Diet", "<p>Words</p>", '<link rel="canonical" href="/care/scans.html">'),
            "canonical",
        ),
    ],
)
def test_a_page_that_must_not_be_found_goes_at_once(
    runs: Runs, site: Source, file: str, text: str, reason: str
) -> None:
    first = runs(site)
    write(site.folder, {file: text})
    second = runs(site)
    url = "/site/care/diet.html"
    assert runs.state(url) == ("dropped", reason)
    assert url not in runs.urls
    assert [page.reason for page in second.dropped if page.url == url] == [reason]
    assert second.pages == first.pages - 1


def test_a_pattern_leaves_pages_out(runs: Runs, site: Source) -> None:
    report = runs(site.model_copy(update={"exclude": ("^/care/[st]", "^/print/")}))
    assert runs.urls == ["/site/care/diet.html", "/site/care/injections.html"]
    assert report.drops["excluded"] == 4


def test_a_folder_with_a_real_address(runs: Runs, site: Source) -> None:
    mirror = site.model_copy(update={"base_url": "https://clinic.example/nets"})
    report = runs(mirror)
    assert {url.rpartition("/")[0] for url in runs.urls} == {"https://clinic.example/nets/care"}
    for passage in runs.passages:
        assert passage.link.startswith(passage.url)
        assert passage.path.startswith("/nets/care/")
        assert passage.section == "nets"
    assert runs.live.manifest.folders == {}, "the service need not serve it"
    assert report.broken_links[0].url == "https://clinic.example/nets/nowhere.html"
    # Given up again, it is served at its mount; the vectors belong to texts, not to addresses. All
    # that was known by its address is then lost, which takes a word of the operator.
    again = runs(site, force=True)
    assert {url.rpartition("/")[0] for url in runs.urls} == {"/site/care"}
    assert again.embedded == 0


# More than one source.


def _one_page(root: Path, words: str) -> Source:
    write(root, {"page.html": html(words, f"<p>These are the words of {words}, all of them.</p>")})
    return from_site(str(root))


def test_a_second_site_joins_the_first(runs: Runs, tmp_path: Path) -> None:
    first, second = (_one_page(tmp_path / name, name) for name in ("first", "second"))
    runs(first, only=False)
    # What is not covered by a run stays as it was stored, even when its folder is away.
    (first.folder / "page.html").unlink()
    report = runs(second, only=False)
    assert runs.urls == ["/site/second/page.html", "/site/page.html"]
    assert runs.live.manifest.sources == ("second", "first")
    assert runs.live.manifest.folders == {
        "/site/": str(first.folder),
        "/site/second/": str(second.folder),
    }
    assert report.sources == ["second"]
    assert (report.pages, report.embedded) == (2, 1)
    assert report.answers == {"200": 1}
    runs(second, only=True)
    assert runs.urls == ["/site/second/page.html"]
    # A site that was left out does not come back by itself.
    runs(second, only=False)
    assert runs.urls == ["/site/second/page.html"]


def test_the_index_of_another_schema_is_replaced(runs: Runs, tmp_path: Path) -> None:
    first, second = _one_page(tmp_path / "one", "one"), _one_page(tmp_path / "two", "two")
    runs(first, only=False)
    manifest = runs.data.live().manifest
    made = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(
        json.dumps({name: made[name] for name in ("build_id", "sources")} | {"schema_version": 1}),
        encoding="utf-8",
    )
    report = runs(second, only=False)
    assert report.published
    assert {each.source for each in runs.passages} == {"one", "two"}


def test_a_site_that_is_not_covered_is_judged_anew_as_it_is_stored(
    runs: Runs, site: Source, store: Store, tmp_path: Path
) -> None:
    runs(site)
    url, copy = "/site/care/surgery.html", "/site/print/surgery.html"
    assert runs.state(copy) == ("dropped", "canonical")
    store.put(replace(runs.stored[url], state="dropped", reason="withdrawn", body=None))
    report = runs(_one_page(tmp_path / "other", "other"), only=False)
    assert runs.state(copy) == ("active", None)
    assert copy in runs.urls
    assert url not in runs.urls
    assert report.states == {"active": 6}


def test_sources_given_together_are_all_there_is(runs: Runs, tmp_path: Path) -> None:
    one, two, three = (_one_page(tmp_path / name, name) for name in ("one", "two", "three"))
    runs(one, two)
    assert runs.live.manifest.sources == ("one", "two")
    runs(two, three)
    assert runs.live.manifest.sources == ("two", "three")
    assert {passage.source for passage in runs.passages} == {"two", "three"}


# What goes wrong.


class _BreaksOnSecondBatch(FakeEncoder):
    def encode(self, texts: Sequence[str]) -> Vectors:
        if self.encoded:
            raise EncoderError("the encoder broke")
        return super().encode(texts)


def test_a_failed_encoder_publishes_nothing_and_loses_nothing(
    runs: Runs, site: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.embed._AT_ONCE", 4)
    runs.encoder = _BreaksOnSecondBatch()
    with pytest.raises(EncoderError, match="the encoder broke"):
        runs(site)
    with pytest.raises(IndexNotFoundError):
        runs.data.live()
    assert list(runs.data.index.iterdir()) == []
    assert [each["state"] for each in runs.records] == ["failed"]
    runs.encoder = FakeEncoder()
    report = runs(site)
    assert (report.passages, report.embedded) == (10, 6), "four were embedded before it broke"


class _AlwaysBreaks(FakeEncoder):
    def encode(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError(f"no memory for {len(texts)} texts")  # as torch does


def test_when_every_embedding_fails_the_live_index_stays(runs: Runs, site: Source) -> None:
    live = runs(site).build_id
    write(
        site.folder or Path(), {"new.html": html("New", "<p>Words that nobody has embedded.</p>")}
    )
    runs.encoder = _AlwaysBreaks()
    with pytest.raises(EncoderError, match=r"fake@1 failed: no memory for 1 texts"):
        runs(site)
    assert EncoderError.exit_status == 1
    assert runs.data.live().build_id == live
    assert [each.build_id for each in runs.data.generations()] == [live]
    assert [each["state"] for each in runs.records] == ["published", "failed"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, r"has no pages \(.html, .htm or .pdf files\); nothing was published"),
        (
            {"robots.txt": "User-agent: *\nDisallow: /\n", "a.html": html("A", "<p>Words</p>")},
            "a.html: robots.txt forbids it; nothing was published",
        ),
        (
            {"a.html": html("A", ""), "b.html": html("B", ""), "c.pdf": "%PDF"},
            r"no page has text to index \(\{'broken': 1, 'no_content': 2\}\);",
        ),
    ],
)
def test_a_site_that_gives_nothing_leaves_the_live_index_alone(
    runs: Runs, site: Source, tmp_path: Path, files: dict[str, str], message: str
) -> None:
    live = runs(site).build_id
    (tmp_path / "bad").mkdir()
    write(tmp_path / "bad", files)
    with pytest.raises(CrawlError, match=message):
        runs(from_site(str(tmp_path / "bad")))
    assert runs.live.version == live
    assert [each["state"] for each in runs.records] == ["published", "failed"]
    assert not runs(site).published


class _RunsAnother(FakeEncoder):
    """An encoder in whose time another run begins."""

    def __init__(self, other: Runs, source: Source) -> None:
        super().__init__()
        self._other, self._source = other, source
        self.refused = ""

    def encode(self, texts: Sequence[str]) -> Vectors:
        with pytest.raises(StoreError) as caught:
            self._other(self._source)
        self.refused = str(caught.value)
        return super().encode(texts)


def test_two_runs_at_once(runs: Runs, site: Source) -> None:
    encoder = _RunsAnother(Runs(runs.data), site)
    report = Runs(runs.data, encoder)(site)
    assert encoder.refused.startswith(f"another run is working on {runs.data.root}; wait for it")
    assert runs.live.version == report.build_id
    assert [each["state"] for each in runs.records] == ["published"]
    runs(site)  # the lock is gone


def test_each_run_leaves_its_report(runs: Runs, site: Source) -> None:
    reports = [runs(site) for _ in range(3)]
    files = sorted(runs.data.runs.glob("*.json"))
    assert [file.name for file in files] == [f"{report.run_id}.json" for report in reports]
    for file, report in zip(files, reports, strict=True):
        assert file.read_text(encoding="utf-8") == report.json()
    written = json.loads(files[0].read_text(encoding="utf-8"))
    assert written["build_id"] == runs.live.version
    assert written["drops"]["link_list"] == 1
    summary = files[0].with_suffix(".txt").read_text(encoding="utf-8")
    assert summary == reports[0].text() + "\n"


def test_generations_are_pruned(runs: Runs, site: Source) -> None:
    builds = []
    for number in range(5):
        write(
            site.folder,
            {"care/diet.html": html("Diet", f"<p>Advice on small meals, edition {number}.</p>")},
        )
        builds.append(runs(site).build_id)
    assert len(set(builds)) == 5
    left = {each.build_id for each in runs.data.generations()}
    assert len(left) == 3
    assert builds[-1] in left
    assert runs.live.version == builds[-1]


def test_what_no_page_needs_any_more_is_forgotten(runs: Runs, site: Source) -> None:
    def derived() -> int:
        store = Store(runs.data.store)
        (count,) = store._db.execute("SELECT count(*) FROM derived").fetchone()
        store.close()
        return int(count)

    runs(site)
    before = derived()
    file = site.folder / "care/diet.html"
    file.write_text(file.read_text().replace("Small", "Little"))
    runs(site)
    assert derived() == before


def test_a_page_that_turns_into_a_booklet_and_back(runs: Runs, site: Source) -> None:
    assert site.folder is not None
    words = "Bring the list of your medicines with you when you come to the ward."
    file = site.folder / "note.html"
    page = html("Note", f"<p>{words}</p>")
    for body, link in (
        (page.encode(), "/site/note.html#:~:text="),
        (booklet_of(words), "/site/note.html#page=1"),
        (page.encode(), "/site/note.html#:~:text="),
    ):
        file.write_bytes(body)
        report = runs(site)
        (found,) = (each for each in runs.passages if each.url == "/site/note.html")
        assert words in found.text
        assert found.link.startswith(link)
        assert report.kept == []
