"""The operator's commands: exit statuses, messages, and what goes to which output."""

from __future__ import annotations
