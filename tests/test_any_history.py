"""Whatever happens to a small site, and in whatever order, the live index holds what it should.

Files are written and deleted, pages withdrawn and restored, runs made and taken back, at random;
a model of a few lines says what must be live after each step. Pages share sentences and titles, so
that one page's text must neither keep nor take away another's.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from indexer import pipeline
from indexer.errors import ConfigurationError, CrawlError, IndexNotFoundError
from indexer.history import rollback
from indexer.layout import DataFolder
from indexer.lifecycle import ACTIVE, DROPPED, MISSING
from indexer.pipeline import run
from indexer.progress import Progress
from indexer.reader import IndexReader
from indexer.settings import IndexerSettings
from indexer.sources import Source
from indexer.store import Store
from indexer.verify import verify
from indexer.withdraw import restore, withdraw
from search.engine import Engine
from tests.fakes import FakeEncoder
from tests.runs import html, write
from tests.search_index import ask
from tests.search_index import settings as search_settings

SENTENCES = (
    "Octreotide injections are given monthly by a trained nurse at home",
    "Zebrafinch leaflets describe flushing after spicy meals and strong cheese",
    "Lutetium treatment needs a quiet room with thick walls for one night",
    "Pancreatic enzymes belong with every snack that contains some fat",
    "Chromogranin samples travel on ice towards the central laboratory",
    "Support groups meet every second Thursday behind the old library",
)
TITLES = ("Advice", "Living well")
FILES = ("index.html", "care/index.html", "care/diet.html", "scans.html", "zebra.html")
MODES = ("hybrid", "semantic", "keyword")
KEPT = 3  # generations
# As many of each kind as a fit needs, so that every index has a model of what it answers.
QUESTIONS = [(sentence, True) for sentence in (*SENTENCES, *SENTENCES)] + [
    (f"bicycle number {number} of the mayor", False) for number in range(10)
]


@dataclass(frozen=True)
class Page:
    """What a file says."""

    title: str
    paragraphs: tuple[str, ...]


Content = dict[str, Page]  # by address
PAGES = st.builds(
    Page,
    st.sampled_from(TITLES),
    st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3, unique=True).map(tuple),
)


@dataclass
class Model:
    """What was done to the site, and what must follow from it."""

    files: Content = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)  # of every page that a run ever saw
    copies: Content = field(default_factory=dict)  # the last good ones
    withdrawn: set[str] = field(default_factory=set)
    live: Content | None = None  # None until something was published
    builds: dict[str, Content] = field(default_factory=dict)

    def read_files(self) -> None:
        """A page that is gone is missing; at the second look, or when it was out, it is removed."""
        for url in self.copies.keys() - self.files.keys():
            if self.states[url] == ACTIVE:
                self.states[url] = MISSING
            else:
                self.states[url] = DROPPED
                del self.copies[url]
        self.copies |= self.files
        self.states |= dict.fromkeys(self.files, ACTIVE)

    def settle(self) -> Content:
        """The pages that a run indexes; the withdrawn ones are put down as out."""
        for url in self.copies.keys() & self.withdrawn:
            self.states[url] = DROPPED
        return self.shown(self.copies)

    def shown(self, content: Content) -> Content:
        """What is left of it without the withdrawn pages."""
        return {url: page for url, page in content.items() if url not in self.withdrawn}


class AnyHistory(RuleBasedStateMachine):
    """A folder site with its data folder, and the model that they must agree with."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="any-history-"))
        self.source = Source(name="clinic", folder=write(self.root / "clinic", {"none.txt": ""}))
        self.data = DataFolder(self.root / "data")
        self.data.create()
        self.settings = IndexerSettings(
            data=self.data.root,
            keep_generations=KEPT,
            lost_share=1,
            failed_share=1,
            little_text=0,
        )
        self.encoder = FakeEncoder()
        self.model = Model()
        self.searched: object = None  # what was live when it was last asked
        self.patches = ExitStack()
        self.patches.enter_context(patch("indexer.publish._source_commit", lambda: None))
        self.patches.enter_context(patch("os.fsync"))  # no power cut is tried here
        labelled = "indexer.answerability.labelled_questions"
        self.patches.enter_context(patch(labelled, lambda: QUESTIONS))

    def teardown(self) -> None:
        self.patches.close()
        shutil.rmtree(self.root)

    @initialize(pages=st.dictionaries(st.sampled_from(FILES), PAGES, min_size=1))
    def a_site_is_indexed(self, pages: dict[str, Page]) -> None:
        for name, page in pages.items():
            self.a_file_is_written(name, page)
        self.a_run_is_made()

    @rule(name=st.sampled_from(FILES), page=PAGES)
    def a_file_is_written(self, name: str, page: Page) -> None:
        body = "".join(f"<p>{paragraph}</p>" for paragraph in page.paragraphs)
        write(self.root / "clinic", {name: html(page.title, body)})
        self.model.files[_address(name)] = page

    @precondition(lambda self: self.model.files)
    @rule(choice=st.data())
    def a_file_is_deleted(self, choice: st.DataObject) -> None:
        names = [name for name in FILES if _address(name) in self.model.files]
        name = choice.draw(st.sampled_from(names))
        (self.root / "clinic" / name).unlink()
        del self.model.files[_address(name)]

    @rule()
    def a_run_is_made(self) -> None:
        self.model.read_files()
        kept = self.model.settle() if self.model.files else {}
        if kept:
            self._run()
            self._published(kept)
            self._pruned()
        else:
            with pytest.raises(CrawlError):
                self._run()

    @precondition(lambda self: self.model.states)
    @rule(choice=st.data())
    def a_page_is_withdrawn(self, choice: st.DataObject) -> None:
        url = choice.draw(st.sampled_from(sorted(self.model.states)))
        self.model.withdrawn.add(url)
        assert withdraw(self.data, url, self.encoder) == url
        if self.model.live is not None:
            self._published(self.model.shown(self.model.live))

    @precondition(lambda self: self.model.states)
    @rule(choice=st.data(), stage=st.sampled_from(["gather", "refuse_losses"]))
    def a_page_is_withdrawn_during_a_run(self, choice: st.DataObject, stage: str) -> None:
        """Before its pages are chosen, or when they are: then the run publishes without it."""
        url = choice.draw(st.sampled_from(sorted(self.model.states)))
        stage_itself = getattr(pipeline, stage)

        def meanwhile(*arguments: object) -> object:
            withdraw(self.data, url, self.encoder)
            return stage_itself(*arguments)

        self.model.read_files()
        if stage == "gather":
            self.model.withdrawn.add(url)
        kept = self.model.settle() if self.model.files else {}
        with patch.object(pipeline, stage, meanwhile):
            if kept:
                self._run()
                self.model.withdrawn.add(url)
                self._published(kept, self.model.shown(kept))
                self._pruned()
                return
            with pytest.raises(CrawlError):
                self._run()
        if self.model.live is not None:
            self._published(self.model.shown(self.model.live))

    @precondition(lambda self: self.model.withdrawn)
    @rule(choice=st.data())
    def a_page_is_restored(self, choice: st.DataObject) -> None:
        url = choice.draw(st.sampled_from(sorted(self.model.withdrawn)))
        assert restore(self.data, url) == url
        self.model.withdrawn.remove(url)

    @precondition(lambda self: self.model.builds)
    @rule(choice=st.data())
    def an_earlier_build_is_made_live(self, choice: st.DataObject) -> None:
        builds = sorted(self.model.builds)
        number = choice.draw(
            st.integers(0, len(builds) - 1)
        )  # ids hold the time: not the same again
        live = rollback(self.data, builds[number], self.encoder)
        self._published(self.model.shown(self.model.builds[builds[number]]))
        assert live == self.data.live().build_id

    @precondition(lambda self: self.model.builds)
    @rule()
    def the_build_before_is_made_live(self) -> None:
        live = self.data.live().build_id
        before = [each for each in sorted(self.model.builds) if each < live]
        if before:
            rollback(self.data, None, self.encoder)
            self._published(self.model.shown(self.model.builds[before[-1]]))
        else:
            with pytest.raises(ConfigurationError, match="no build before the live"):
                rollback(self.data, None, self.encoder)

    @invariant()
    def the_live_index_holds_what_it_should(self) -> None:
        if self.model.live is None:
            with pytest.raises(IndexNotFoundError):
                self.data.live()
            return
        found: dict[str, tuple[str, list[str]]] = {}
        for passage in IndexReader.open(self.data.live(), self.encoder).passages:
            found.setdefault(passage.url, (passage.title, []))[1].extend(passage.text.split("\n"))
        assert {url: Page(title, tuple(texts)) for url, (title, texts) in found.items()} == (
            self.model.live
        )
        assert [each.build_id for each in self.data.generations()] == sorted(self.model.builds)

    @invariant()
    def every_mode_finds_what_is_live_and_nothing_else(self) -> None:
        store = Store(self.data.store)
        withdrawn = store.withdrawn()
        store.close()
        assert withdrawn == self.model.withdrawn
        if self.data.withdrawn.exists():
            assert frozenset(json.loads(self.data.withdrawn.read_text())) == withdrawn
        live = self.model.live
        if live is None or self.searched == (self.data.live(), withdrawn):
            return  # nothing that is asked has changed
        self.searched = (self.data.live(), withdrawn)
        index = IndexReader.open(self.data.live(), self.encoder)
        engine = Engine(index, self.encoder, search_settings())
        engine.withdraw(withdrawn)
        said = {sentence for page in live.values() for sentence in page.paragraphs}
        for mode in MODES:
            for sentence in SENTENCES:
                hits = ask(engine, sentence, mode=mode, group_by="none", per_page=50)["hits"]
                texts = [(hit["url"], hit["text"].split("\n")) for hit in hits]
                assert any(sentence in lines for _, lines in texts) == (sentence in said)
                for url, lines in texts:
                    assert url not in withdrawn
                    assert {*lines} <= {*live[url].paragraphs}

    @invariant()
    def nothing_is_wrong(self) -> None:
        if self.model.live is not None:
            assert verify(self.data) == []

    def _run(self) -> None:
        run([self.source], self.settings, self.encoder, Progress(quiet=True))

    def _published(self, *contents: Content) -> None:
        """Take the last of the contents for live; new builds hold them in this order."""
        self.model.live = contents[-1]
        fresh = sorted({each.build_id for each in self.data.generations()} - {*self.model.builds})
        assert len(fresh) <= len(contents)
        self.model.builds |= dict(zip(reversed(fresh), reversed(contents), strict=False))
        assert self.model.builds[self.data.live().build_id] == contents[-1]

    def _pruned(self) -> None:
        """Of the builds that are not live the oldest are gone."""
        live = self.data.live().build_id
        others = sorted(self.model.builds.keys() - {live})
        for build in others[: max(0, len(others) + 1 - KEPT)]:
            del self.model.builds[build]


def _address(name: str) -> str:
    return "/site/" + name.removesuffix("index.html")


AnyHistory.TestCase.settings = settings(max_examples=10, stateful_step_count=20)
TestAnyHistory = AnyHistory.TestCase
