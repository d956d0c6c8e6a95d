"""What verify proves of withdrawn pages; damage to files is tested with the rest of a page's way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from indexer.manifest import Manifest
from indexer.publish import write_manifest
from indexer.store import Store
from indexer.verify import verify
from indexer.withdraw import tell_service

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Published

SCANS = "/site/scans/"


def test_a_withdrawn_page_that_is_still_there_is_found_everywhere(published: Published) -> None:
    assert verify(published.data) == []
    store = Store(published.data.store)
    store.withdraw(SCANS, "2026-01-02T03:04:05Z")  # and nothing else is done about it
    build = published.generation.build_id
    assert verify(published.data) == [
        f"index {build}: wrong withdrawn page: {SCANS}",
        f"index {build}: wrong keyword entry of a withdrawn page: {SCANS}",
        f"index {build}: wrong list for the service, which lacks: {SCANS}",
    ]
    tell_service(published.data, store)
    store.close()
    assert len(verify(published.data)) == 2


def test_a_vector_that_is_not_the_texts_own_is_found(published: Published) -> None:
    store = Store(published.data.store)
    first, second = published.passages[:2]
    vectors = store.vectors([first.content_hash, second.content_hash], published.encoder.id)
    store.put_vectors(published.encoder.id, {first.content_hash: vectors[second.content_hash]})
    store.close()
    assert verify(published.data) == [f"index {published.generation.build_id}: wrong vector: 0"]


def _rewritten(published: Published, change: Callable[[list[dict[str, Any]]], None]) -> str:
    """Change the passages of the live index as nobody could who knows no digests; its build id."""
    generation = published.generation
    lines = generation.passages.read_text(encoding="utf-8").splitlines()
    passages = [json.loads(line) for line in lines]
    change(passages)
    generation.passages.write_text("".join(json.dumps(each) + "\n" for each in passages))
    manifest = Manifest.read(generation.manifest)
    write_manifest(generation, manifest.model_copy(update={"digests": generation.digests()}))
    return generation.build_id


def test_a_text_that_is_not_the_one_embedded_is_found(published: Published) -> None:
    def change(passages: list[dict[str, Any]]) -> None:
        passages[1]["text"] += " Take twice as much."

    build = _rewritten(published, change)
    assert verify(published.data) == [f"index {build}: wrong text: 1"]


def test_a_passage_in_another_row_than_its_keyword_entry_is_found(published: Published) -> None:
    def change(passages: list[dict[str, Any]]) -> None:
        passages[0]["id"], passages[2]["id"] = passages[2]["id"], passages[0]["id"]

    build = _rewritten(published, change)
    assert verify(published.data) == [f"index {build}: wrong keyword row: 0, 2"]


def test_a_passage_that_filters_or_groups_otherwise_is_found(published: Published) -> None:
    def change(passages: list[dict[str, Any]]) -> None:
        passages[0]["url"] = "/site/another/"
        passages[1]["audience"] = "clinician"
        passages[3]["reviewed"] = "2020-01-01"

    build = _rewritten(published, change)
    assert verify(published.data) == [
        f"index {build}: wrong page: 0",
        f"index {build}: wrong filter: 1, 3",
    ]


def test_a_live_index_that_is_gone_is_found(published: Published) -> None:
    published.data.current.write_text("20000101T000000Z-00000000\n", encoding="ascii")
    assert verify(published.data) == ["the live index 20000101T000000Z-00000000 is not there"]
