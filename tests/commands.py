"""Commands run in this process, as from a shell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable


def exit_status(main: Callable[[], None], *command: object) -> int:
    """What a program ends with that is called by this command line, its name first."""
    status: object = 0
    with mock.patch.object(sys, "argv", [*map(str, command)]):
        try:
            main()
        except SystemExit as end:
            status = end.code
    assert isinstance(status, int)
    return status
