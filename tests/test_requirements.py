from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

import pytest

from tests.search_index import ROOT

_PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9.]+) +# .{8,}")


def _pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    pinned = [_PIN.fullmatch(line) for line in lines if line[:1] not in {"#", "-", ""}]
    assert all(pinned), "every line is a version, with what it is for"
    return {found["name"]: found["version"] for found in pinned if found}


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_what_is_installed_is_what_is_pinned(file: str) -> None:
    pins = _pins(file)
    assert len(pins) > 5
    # torch says "2.13.0+cpu".
    assert {name: version(name).partition("+")[0] for name in pins} == pins


def test_gigabytes_that_are_not_needed_are_not_there() -> None:
    with pytest.raises(PackageNotFoundError):
        version("torchvision")
