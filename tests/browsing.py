"""What tests in a real browser share: the system's Chromium, a served app, and a watched page."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socketserver import BaseServer

    from flask import Flask
    from playwright.sync_api import Browser, BrowserContext, Page

_CHROMIUM = shutil.which("chromium")
_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
IN_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(_CHROMIUM is None, reason="no chromium on this machine"),
]


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A browser while entered."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not where there is no browser

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_CHROMIUM, args=[*_FLAGS, *flags])
        yield started
        started.close()


@contextmanager
def running(server: BaseServer) -> Iterator[None]:
    """A server that answers from a thread while entered."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of an app while entered."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with running(server):
        yield f"http://127.0.0.1:{server.port}"


class Watched:
    """A page of its own context, and everything it did that one should know of."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.asked: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on(
            "dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss())
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console", lambda said: self.errors.append(said.text) if said.type == "error" else None
        )
