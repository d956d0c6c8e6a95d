"""What axe-core finds wrong with a page as it stands in a browser, open shadow roots included."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAGS = (
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"),
    "best-practice",
)
_OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2, off unless it is named
    "resultTypes": ["violations"],
    "preload": False,  # axe would fetch style sheets again, against the page's policy
    "iframes": False,
}


def violations(page: Page) -> list[str]:
    """Every violation, a line each: rule, impact, selectors from the page inwards, and what to do.

    axe runs in a JavaScript world of its own, as a browser's extension does: the page's policy
    stays in force, and neither its variables nor a clock that a test has stopped reach axe.
    """
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]
    _evaluated(session.send("Runtime.evaluate", {"contextId": world, "expression": AXE_SCRIPT}))
    answer = session.send(
        "Runtime.evaluate",
        {
            "contextId": world,
            "expression": f"axe.run(document, {json.dumps(_OPTIONS)})",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    session.detach()
    return [
        f"{rule['id']} ({rule['impact']}) {_path(node['target'])}: {_summary(node)}"
        for rule in _evaluated(answer)["violations"]
        for node in rule["nodes"]
    ]


def _evaluated(answer: dict[str, Any]) -> Any:
    assert "exceptionDetails" not in answer, answer
    return answer["result"].get("value")


def _path(target: list[str | list[str]]) -> str:
    """The selectors of a node; one in a shadow root has those of its hosts before its own."""
    return " ".join(each if isinstance(each, str) else " >> ".join(each) for each in target)


def _summary(node: dict[str, Any]) -> str:
    return " ".join(str(node["failureSummary"]).split())
