"""The operator's page: who gets in, what it shows in every state, and that only forms change things."""

from __future__ import annotations

import fcntl
import json
import re
import time
from base64 import b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from indexer.errors import BusyError, StoreError
from indexer.report import RunReport
from indexer.store import Store, StoredPage
from search import entrance, operator_actions, operator_page, operator_records
from search.app import create_app
from search.gaps import Gap, GapLog, GapReport, Share
from search.operator_actions import Outcome, PlanStatus
from search.operator_token import form_token
from tests.fakes import passage
from tests.search_index import HOSTILE, HOSTILE_LINKS, by_words, hostile_passages, settings

if TYPE_CHECKING:
    from flask import Flask

    from indexer.layout import DataFolder
    from search.engine import Engine
    from tests.conftest import Published

TOKEN = "planted-token-of-the-operator"
RUN = "20240102T030405.000000Z-00a1"
LATER = "20240102T040506.000000Z-00a2"
OLDER = "20230101T000000Z-00000001"
SENT = {"Authorization": "Basic " + b64encode(f"me:{TOKEN}".encode()).decode()}
GETS = ["/operator", "/operator/", f"/operator/runs/{RUN}", "/operator/plan"]
POSTS = ["/operator/confirm", "/operator/do"]
ACTIONS = ["plan", "publish", "force", "rollback", "withdraw", "restore"]
Calls = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    pages = [
        passage("A dose", url="/site/a/", title="Doses", reviewed="2000-01-31"),
        passage("A scan", url="/site/b/", title="Scans", reviewed="2999-01-01"),
        passage("A diet", url="/site/c/", title="Diets"),
    ]
    return by_words(tmp_path_factory.mktemp("operator"), pages)


@pytest.fixture(scope="module")
def app(engine: Engine) -> Flask:
    """One for all tests: to compile its templates takes longer than they do."""
    return create_app(settings(), engine)


class Operator:
    """A client that is let in."""

    def __init__(self, app: Flask, data: DataFolder, engine: Engine | None, **changes: Any) -> None:
        self.data = data
        self.app = app
        changes = {"operator_token": SecretStr(TOKEN), "rate_limit": 0, **changes}
        made = settings(data=data.root, **changes)
        app.extensions["settings"] = made
        app.extensions["live"].engine = engine
        app.extensions["gaps"] = GapLog(data) if made.gaps else None
        self.client = app.test_client()

    def get(self, path: str = "/operator") -> str:
        answer = self.client.get(path, headers=SENT)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> Any:
        fields = {"form": form_token(TOKEN, time.time()), **fields}
        return self.client.post(path, data=fields, headers={**SENT, **(headers or {})})


@pytest.fixture
def operator(app: Flask, published: Published, engine: Engine) -> Operator:
    store = Store(published.data.store)
    for url in ("/site/a/", "/site/b/"):
        store.put(StoredPage(url, "site", "active"))
    store.withdraw("/site/b/", "2024-01-02T03:04:05Z")
    store.close()
    return Operator(app, published.data, engine)


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What was started; nothing is."""
    calls: Calls = []

    def start(name: str, gives: Any) -> Any:
        def call(_: DataFolder, *words: str) -> Any:
            calls.append((name, *words))
            return gives

        return call

    done = Outcome("done", "", {"withdrawn": "/site/a/", "live": OLDER, "restored": "/site/b/"})

    def start_run(_: DataFolder, *, force: bool) -> str:
        calls.append(("forced run" if force else "run",))
        return RUN

    monkeypatch.setattr(operator_page, "start_run", start_run)
    monkeypatch.setattr(operator_actions, "start_plan", start("plan", None))
    monkeypatch.setattr(operator_actions, "run_command", start("command", done))
    return calls


def put(data: DataFolder, state: str, run_id: str = RUN, **more: Any) -> None:
    report = {**RunReport(run_id, ["site"], state=state).as_object(), **more}
    data.runs.mkdir(exist_ok=True)
    (data.runs / f"{run_id}.json").write_text(json.dumps(report), encoding="utf-8")


def older(published: Published) -> str:
    """Another index, made before the live one; its build id."""
    folder = published.data.index / OLDER
    folder.mkdir()
    manifest = json.loads(published.generation.manifest.read_text())
    manifest |= {"build_id": OLDER, "created_at": "2023-01-01T00:00:00Z", "passages": 1234}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return OLDER


def words_of(html: str) -> str:
    """The text of a page as it is read."""
    text = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    return re.sub(r" ([.,:;])", r"\1", text)


# Who gets in


@pytest.mark.parametrize("headers", [{}, SENT], ids=["without", "with"])
def test_it_is_off_unless_a_token_is_set(
    app: Flask, data: DataFolder, engine: Engine, started: Calls, headers: dict[str, str]
) -> None:
    put(data, "published")
    client = Operator(app, data, engine, operator_token=None).client
    for method, paths in (("GET", GETS), ("POST", POSTS)):
        for path in paths:
            answer = client.open(path, method=method, headers=headers)
            assert answer.status_code == 404
            assert "NET_OPERATOR_TOKEN" in answer.text
            assert "WWW-Authenticate" not in answer.headers
    assert started == []


@pytest.mark.parametrize(
    "given",
    [
        None,
        "Basic",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}x",
        "Basic " + b64encode(b"me:guess").decode(),
    ],
)
def test_nobody_without_the_token_gets_in(
    operator: Operator, started: Calls, given: str | None
) -> None:
    headers = {} if given is None else {"Authorization": given}
    put(operator.data, "published")
    form = {"form": form_token(TOKEN, time.time()), "action": "publish"}
    for method, paths in (("GET", GETS), ("POST", POSTS)):
        for path in paths:
            answer = operator.client.open(path, method=method, headers=headers, data=form)
            assert answer.status_code == 401
            asks = answer.headers["WWW-Authenticate"]
            assert asks == 'Basic realm="operator", charset="UTF-8"'
            assert "any user name" in answer.text
            assert TOKEN not in answer.text
            assert form["form"] not in answer.text
    assert started == []


def test_a_bearer_gets_in_as_well(operator: Operator) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert operator.client.get("/operator", headers=headers).status_code == 200


def test_a_browser_s_password_does_not_start_a_run_over_the_api(
    operator: Operator, started: Calls
) -> None:
    assert operator.client.post("/api/v1/reindex", headers=SENT).status_code == 401
    assert started == []


def test_every_answer_is_kept_by_nobody_and_runs_nothing(operator: Operator) -> None:
    put(operator.data, "published")
    answers = [operator.client.get(path, headers=SENT) for path in GETS]
    answers += [operator.client.get("/operator"), operator.post("/operator/do")]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert "script" not in policy
        assert "Set-Cookie" not in answer.headers
        assert not re.search(r"<script|\sstyle=|\son\w+=", answer.text)
        assert TOKEN not in answer.text


def test_asking_too_often_is_refused_with_a_page(
    app: Flask, data: DataFolder, engine: Engine
) -> None:
    client = Operator(app, data, engine, rate_limit=1).client
    visitor = {"REMOTE_ADDR": "203.0.113.7"}
    for path in ("/operator", "/operator/plan", "/operator/confirm"):
        answer = client.get(path, headers=SENT, environ_base=visitor)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]
    assert "<h1>That did not work</h1>" in answer.text


def test_every_route_of_it_is_limited(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if "/operator" in rule.rule}
    assert len(routes) == 6
    assert {entrance._LIMITED.get(each) for each in routes} == {"operator"}


# What it shows


def test_before_anything_was_published_or_ran(app: Flask, data: DataFolder) -> None:
    operator = Operator(app, data, None)
    page = words_of(operator.get())
    for said in (
        *("Nothing was published yet", "No run is remembered here", "There is no earlier index"),
        "There is no index yet whose pages could have dates",
    ):
        assert said in page
    assert not data.store.exists()


def test_an_index_that_is_well(operator: Operator) -> None:
    page = words_of(operator.get())
    assert "angle@1" in page
    assert "4 passages of 3 pages, from site" in page
    assert "There is no earlier index to go back to" in page


def test_that_nothing_needs_a_look_is_said(
    app: Flask, published: Published, engine: Engine
) -> None:
    put(published.data, "published")
    published.data.current.write_text(engine.index.version)
    published.generation.folder.rename(published.data.index / engine.index.version)
    assert "Nothing needs a look" in words_of(Operator(app, published.data, engine).get())


def test_another_index_than_the_live_one_answers(
    published: Published, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = words_of(operator.get())
    assert "is being loaded; another one answers until then" in page
    assert "20240102T030405Z-00c0ffee. While the live index is being loaded that is usual" in page
    live = operator.app.extensions["live"]
    monkeypatch.setattr(live, "_refused", published.generation.build_id)
    assert "cannot be loaded; another one answers" in words_of(operator.get())


def test_indexes_to_go_back_to(published: Published, operator: Operator) -> None:
    build_id = older(published)
    page = operator.get()
    assert f'name="build" value="{build_id}"' in page
    assert "Use the index before this one again, made on 1 January 2023." in words_of(page)


def test_an_index_that_was_published_against_a_gate(
    published: Published, operator: Operator
) -> None:
    manifest = json.loads(published.generation.manifest.read_text())
    published.generation.manifest.write_text(json.dumps({**manifest, "forced": ["2 pages lost"]}))
    page = words_of(operator.get())
    assert "Published against 2 pages lost" in page
    assert "published against what a gate said" in page


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("published", "Published a new index"),
        ("unchanged", "Nothing had changed"),
        ("refused", "Refused by a gate"),
        ("failed", "Failed"),
        ("running", "Cut off"),
    ],
)
def test_how_a_run_ended(operator: Operator, state: str, said: str) -> None:
    more = {"error": "planted words"} if state in {"refused", "failed"} else {}
    put(operator.data, state, seconds={"crawl": 65.0, "embed": 0.2}, **more)
    for page in (operator.get(), operator.get(f"/operator/runs/{RUN}")):
        assert said in words_of(page)
        assert "http-equiv" not in page
    if more:
        assert "planted words" in page
    assert "Reading the site 1 minute 5 seconds" in words_of(page)


@pytest.mark.parametrize(("state", "new"), [("published", True), ("unchanged", False)])
def test_only_a_run_that_published_changed_pages(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, *, state: str, new: bool
) -> None:
    found = operator_records.Difference(OLDER, ("/site/new/",), (), ("/site/old/",))
    monkeypatch.setattr(operator_records, "difference", lambda _, build: found if build else None)
    put(operator.data, state, published=new, build_id="20240102T030405Z-00c0ffee")
    text = words_of(operator.get(f"/operator/runs/{RUN}"))
    assert ("1 page added, 0 changed, 1 removed" in text) == new
    assert ("/site/new/" in text) == new


def test_a_run_at_work_shows_how_far_it_is_and_itself_anew(operator: Operator) -> None:
    put(operator.data, "running", stage="embed", done=5, total=20)
    with (operator.data.runs / f"{RUN}.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        page = operator.get(f"/operator/runs/{RUN}")
        assert '<meta http-equiv="refresh" content="5">' in page
        assert "At work: learning what new passages mean" in words_of(page)
        assert "5 steps of 20 of this stage are done" in words_of(page)
        assert "http-equiv" not in operator.get(f"/operator/runs/{RUN}?still=1")
        overview = operator.get()
        assert "1 run at work or waiting" in words_of(overview)
        assert "25 % of this stage" in words_of(overview)
        assert "http-equiv" not in overview


def test_a_run_that_waits(operator: Operator) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    put(operator.data, "queued", heartbeat=now)
    assert "Waiting to start" in words_of(operator.get(f"/operator/runs/{RUN}"))


def test_a_run_that_failed_shows_what_it_said(operator: Operator) -> None:
    put(operator.data, "failed", error=f"cannot write to {operator.data.root}/store.sqlite: full")
    (operator.data.runs / f"{RUN}.log").write_text("planted line\n")
    page = operator.get(f"/operator/runs/{RUN}")
    assert "cannot write to the data folder: full" in page
    assert "planted line" in page


@pytest.mark.parametrize("run_id", [LATER, "x", "..", f"{RUN}.json"])
def test_a_run_that_is_not_known(operator: Operator, run_id: str) -> None:
    put(operator.data, "published")
    answer = operator.client.get(f"/operator/runs/{run_id}", headers=SENT)
    assert answer.status_code == 404
    assert "There is no such run." in answer.text


REFUSAL = "lost pages: section 'a' would lose 2 of its 3 pages\n  https://a.example/x/ (not_found)"


def test_a_refusal_names_what_a_gate_named_and_what_to_do(operator: Operator) -> None:
    put(operator.data, "refused", error=REFUSAL)
    for page in (operator.get(), operator.get(f"/operator/runs/{RUN}")):
        assert "would lose 2 of its 3 pages" in page
        assert '<a href="https://a.example/x/" rel="noreferrer">' in page
        assert "What to do:" in page
        assert 'value="force"' in page


def test_an_older_refusal_is_history(operator: Operator) -> None:
    put(operator.data, "refused", error=REFUSAL)
    put(operator.data, "published", LATER)
    page = operator.get()
    assert "there is nothing to do" in page
    assert 'value="force"' not in page


def test_a_refusal_that_cannot_be_overruled(operator: Operator) -> None:
    put(operator.data, "refused", error="new index: it does not open")
    for page in (operator.get(), operator.get(f"/operator/runs/{RUN}")):
        assert "it does not open" in page
        assert 'value="force"' not in page


def test_pages_that_need_a_look(operator: Operator) -> None:
    store = Store(operator.data.store)
    store.put(StoredPage("/site/x/", "site", "stale", reason="http_error", detail="503"))
    store.put(StoredPage("/site/y/", "site", "missing", reason="not_found", detail="404"))
    store.put(StoredPage("/site/z/", "site", "dropped", reason="robots"))
    store.close()
    links = [{"url": "/site/no/", "detail": "404", "on": ["/site/a/", "/site/b/"]}]
    put(operator.data, "published", pages=2, broken_links=links)
    page = operator.get()
    text = words_of(page)
    for said in (
        *("/site/x/ the site answered with an error – 503", "/site/y/ page not found – 404"),
        "/site/no/ 404; linked from /site/a/ and 1 other page",
        "2 pages could not be read, or not found.",
        "The site&#39;s robots.txt forbids it",
    ):
        assert said in text
    assert '<a href="/site/z/"' in page


def test_a_store_that_cannot_be_read_takes_nothing_else_away(operator: Operator) -> None:
    operator.data.store.write_bytes(b"no database " * 100)
    for end in ("-wal", "-shm"):
        operator.data.store.with_name(operator.data.store.name + end).unlink(missing_ok=True)
    assert "the store of pages cannot be read" in operator.get()
    assert operator.post("/operator/confirm", action="publish").status_code == 503


def test_overdue_reviews(app: Flask, operator: Operator, data: DataFolder, engine: Engine) -> None:
    text = words_of(operator.get())
    assert "over 36 months old. 1 page overdue; 1 page without a date." in text
    assert "Doses /site/a/ 2000-01-31" in text
    assert "2000 over 36 months old" in text
    never = words_of(Operator(app, data, engine, review_months=0).get())
    assert "No page is ever overdue" in never
    assert "Overdue, oldest first" not in never


def test_the_gap_report_is_off_or_empty(
    app: Flask, operator: Operator, data: DataFolder, engine: Engine
) -> None:
    assert "set <code>NET_GAPS=true</code>" in operator.get()
    assert "Nothing was counted in the last 90 days" in Operator(app, data, engine, gaps=True).get()


def test_the_gap_report(
    app: Flask, data: DataFolder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = datetime(2024, 1, 1, tzinfo=UTC).date()
    shares = (Share(day, None, None), Share(day, 1200, 35))
    report = GapReport((Gap("bicycle", "5-9", 5, day),), shares, Share(day, 1300, 30))
    operator = Operator(app, data, engine, gaps=True)
    monkeypatch.setattr(operator.app.extensions["gaps"], "report", lambda: report)
    text = words_of(operator.get())
    assert "bicycle 5–9 5 or more 2024-01-01" in text
    assert "too few to say" in text
    assert "about 1,200 35 %" in text
    assert "about 1,300 30 %" in text


def test_a_gap_report_that_cannot_be_read(
    app: Flask, data: DataFolder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> GapReport:
        raise StoreError("planted words")

    operator = Operator(app, data, engine, gaps=True)
    monkeypatch.setattr(operator.app.extensions["gaps"], "report", fail)
    assert "planted words" in operator.get()


PLAN = {
    "live": "",
    "pages": 3,
    "passages": 9,
    "embedded": 0,
    "publishes": True,
    "remade": [],
    "new": {"a": ["/site/new/"]},
    "changed": [{"url": "/site/a/", "section": "a", "passages": [1]}],
    "gone": [{"url": "/site/b/", "reason": "not_found", "detail": "404"}],
    "stale": [],
    "missing": [],
    "dropped": [],
    "notes": ["planted note"],
    "questions": [{"question": "why", "ndcg_before": 1.0, "ndcg_after": None}],
    "refusals": [
        {"gate": "lost pages", "message": "2 of 3", "urls": ["/site/b/ (404)"], "forceable": True}
    ],
}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (PlanStatus("none"), ["No plan was made yet"]),
        (PlanStatus("failed", datetime.now(UTC), said="planted"), ["could not be made", "planted"]),
        (PlanStatus("made", datetime.now(UTC), PLAN), ["but a gate would refuse it", "/site/new/",
            "/site/a/ 1 passage", "/site/b/ page not found – 404", "2 of 3", "why", "planted note"]),
        (PlanStatus("made", datetime.now(UTC), {**PLAN, "publishes": False}), ["Nothing would change"]),
    ],
)  # fmt: skip
def test_a_plan(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, status: PlanStatus, said: list[str]
) -> None:
    monkeypatch.setattr(operator_actions, "plan_status", lambda _: status)
    page = operator.get("/operator/plan")
    assert all(each in words_of(page) for each in said)
    assert "http-equiv" not in page
    operator.get()


def test_a_plan_that_is_being_made(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    status = PlanStatus("working", datetime.now(UTC))
    monkeypatch.setattr(operator_actions, "plan_status", lambda _: status)
    assert "http-equiv" in operator.get("/operator/plan")
    assert "http-equiv" not in operator.get("/operator/plan?still=1")


# What is hostile


def test_what_pages_say_is_shown_and_never_obeyed(
    app: Flask, data: DataFolder, tmp_path: Any
) -> None:
    attacks = [*HOSTILE, *HOSTILE_LINKS]
    store = Store(data.store)
    for number, attack in enumerate(attacks):
        state = ("stale", "dropped")[number % 2]
        store.put(StoredPage(attack, attack, state, reason=attack, detail=attack))
        store.withdraw(attack, attack)
    store.put(StoredPage("javascript:alert(2)", "site", "stale"))
    store.close()
    notes = [{"url": each, "reason": f"stale: {each}", "detail": each} for each in attacks]
    error = "\n".join(["lost pages: " + HOSTILE[0], *(f"  {each} (x)" for each in attacks)])
    put(
        data,
        "refused",
        error=error,
        pages=1,
        kept=notes,
        dropped=notes,
        notes=attacks,
        forced=attacks,
        sources=attacks,
        seconds=dict.fromkeys(attacks, 1.0),
        broken_links=[{"url": each, "detail": each, "on": [each]} for each in attacks],
    )
    engine = by_words(tmp_path, [passage(**_dated(each)) for each in hostile_passages()])
    operator = Operator(app, data, engine)
    pages = [operator.get(), operator.get(f"/operator/runs/{RUN}")]
    pages += [
        operator.post("/operator/confirm", action="withdraw", url=each).text for each in attacks
    ]
    for page in pages:
        assert not re.search(r"<(script|img|iframe|textarea)|<svg onload", page)
        tags = re.findall(r"<[^>]*>", page)
        assert not any(re.search(r"\son\w+\s*=", re.sub(r'"[^"]*"', '""', tag)) for tag in tags)
        for href in re.findall(r'href="([^"]*)"', page):
            assert re.match(r"(https?://|/(?![/\\])|#|data:,$|\?still)", href), href


def _dated(page: Any) -> dict[str, Any]:
    values = {name: getattr(page, name) for name in ("text", "url", "path", "link", "title")}
    return {**values, "reviewed": "2000-01-01"}


# What buttons do


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({}, ""),
        ({}, "0" * 64),
        ({}, "old"),
        ({}, "other"),
        ({"Sec-Fetch-Site": "cross-site"}, "good"),
        ({"Sec-Fetch-Site": "same-site"}, "good"),
        ({"Origin": "https://evil.example"}, "good"),
        ({"Origin": "null"}, "good"),
    ],
)
def test_a_form_that_was_not_made_here_changes_nothing(
    operator: Operator, started: Calls, path: str, headers: dict[str, str], form: str
) -> None:
    forms = {
        "good": form_token(TOKEN, time.time()),
        "old": form_token(TOKEN, time.time() - 7200),
        "other": form_token("another-token-of-another", time.time()),
    }
    for action in ACTIONS:
        answer = operator.post(
            path, headers, action=action, form=forms.get(form, form), url="/site/a/", sure="yes"
        )
        assert answer.status_code == 403
        assert "Nothing was changed" in answer.text
    assert started == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://localhost"},
    ],
)
def test_a_form_of_this_page_is_taken(
    operator: Operator, started: Calls, headers: dict[str, str]
) -> None:
    assert operator.post("/operator/do", headers, action="publish").status_code == 303
    assert started == [("run",)]


def test_looking_starts_nothing(operator: Operator, started: Calls) -> None:
    put(operator.data, "published")
    for path in [*GETS, *(f"/operator/do?action={each}&sure=yes" for each in ACTIONS)]:
        operator.client.get(path, headers=SENT)
    assert operator.client.get("/operator/confirm", headers=SENT).headers["Location"] == "/operator"
    assert operator.client.put("/operator/do", headers=SENT).status_code == 405
    assert started == []


def test_every_button_says_first_what_it_does(
    published: Published, operator: Operator, started: Calls
) -> None:
    build = older(published)
    urls = {"withdraw": "/site/a/", "restore": "/site/b/"}
    for action in ACTIONS:
        answer = operator.post(
            "/operator/confirm", action=action, url=urls.get(action, ""), build=build
        )
        assert answer.status_code == 200
        assert 'action="/operator/do"' in answer.text
        assert f'name="action" value="{action}"' in answer.text
    assert started == []


def test_what_was_confirmed_is_done(
    published: Published, operator: Operator, started: Calls
) -> None:
    build = older(published)
    to_run = operator.post("/operator/do", action="publish")
    assert (to_run.status_code, to_run.headers["Location"]) == (303, f"/operator/runs/{RUN}")
    to_plan = operator.post("/operator/do", action="plan")
    assert (to_plan.status_code, to_plan.headers["Location"]) == (303, "/operator/plan")
    assert OLDER in operator.post("/operator/do", action="rollback", build=build).text
    assert "/site/a/" in operator.post("/operator/do", action="withdraw", url="/site/a/").text
    restored = operator.post("/operator/do", action="restore", url="/site/b/").text
    assert "It is back with the next run" in restored
    assert 'value="publish"' in restored
    assert started == [
        ("run",),
        ("plan",),
        ("command", "rollback", OLDER),
        ("command", "withdraw", "/site/a/"),
        ("command", "restore", "/site/b/"),
    ]


def test_a_gate_is_overruled_only_by_who_says_so_twice(operator: Operator, started: Calls) -> None:
    for sure in ("", "no"):
        answer = operator.post("/operator/do", action="force", sure=sure)
        assert "Tick the box first" in answer.text
    assert started == []
    assert operator.post("/operator/do", action="force", sure="yes").status_code == 303
    assert started == [("forced run",)]


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "withdraw", "url": "/site/none/"},
        {"action": "withdraw", "url": "/"},
        {"action": "withdraw", "url": "--help"},
        {"action": "restore", "url": "/site/a/"},
        {"action": "rollback", "build": "../../x"},
        {"action": "rollback", "build": OLDER},
    ],
)
def test_what_cannot_be_done_is_not_tried(
    operator: Operator, started: Calls, fields: dict[str, str]
) -> None:
    for path in POSTS:
        answer = operator.post(path, **fields)
        assert answer.status_code == 200
        assert 'action="/operator/do"' not in answer.text
    assert started == []


@pytest.mark.parametrize("action", ["", "prune", "run", "__class__"])
def test_there_is_no_other_button(operator: Operator, started: Calls, action: str) -> None:
    for path in POSTS:
        assert operator.post(path, action=action).status_code == 400
    assert started == []


def test_a_name_that_several_pages_end_with_is_asked_again(operator: Operator) -> None:
    page = operator.post("/operator/confirm", action="withdraw", url="/").text
    assert 'name="url" value="/site/a/"' in page
    assert 'name="url" value="/site/b/"' in page


def test_an_address_with_control_characters_and_of_any_length(operator: Operator) -> None:
    page = operator.post("/operator/confirm", action="withdraw", url="/site/\0a/\n").text
    assert "It is in the index, with 1 passage." in words_of(page)
    assert (
        operator.post("/operator/confirm", action="withdraw", url="x" * 60_000).status_code == 200
    )


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome("failed", "planted words", {}), "That did not work"),
        (Outcome("refused", "planted words", {}), "Refused by a gate"),
        (Outcome("working", "planted words", {}), "Not done yet"),
    ],
)
def test_how_a_command_ends_is_said(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, outcome: Outcome, said: str
) -> None:
    monkeypatch.setattr(operator_actions, "run_command", lambda *_: outcome)
    page = operator.post("/operator/do", action="withdraw", url="/site/a/").text
    assert f"<h1>{said}</h1>" in page
    assert ("planted words" in page) == (outcome.state != "working")


@pytest.mark.parametrize(
    ("action", "name", "error", "status"),
    [
        ("publish", "start_run", StoreError("planted words"), 503),
        ("force", "start_run", StoreError("planted words"), 503),
        ("plan", "start_plan", BusyError("planted words"), 409),
    ],
)
def test_what_cannot_be_started_says_why(
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
    *,
    action: str,
    name: str,
    error: StoreError,
    status: int,
) -> None:
    def fail(_: DataFolder, **_how: bool) -> None:
        raise error

    where = operator_page if name == "start_run" else operator_actions
    monkeypatch.setattr(where, name, fail)
    answer = operator.post("/operator/do", action=action, sure="yes")
    assert answer.status_code == status
    assert "planted words" in answer.text


def test_nothing_of_it_is_logged_but_the_route(
    operator: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    operator.post("/operator/do", action="withdraw", url="/site/a/")
    operator.get(f"/operator?planted={RUN}")
    written = "\n".join(f"{each.getMessage()} {each.__dict__}" for each in caplog.records)
    assert "/operator/do" in written
    for planted in ("/site/a/", TOKEN, RUN, SENT["Authorization"]):
        assert planted not in written
