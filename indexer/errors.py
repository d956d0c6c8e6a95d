"""Named failures of the indexer, each with the exit status the command line gives it."""

from __future__ import annotations


class IndexerError(Exception):
    """A run that failed. The message names what was wrong, where, and what to do."""

    exit_status = 1


class ConfigurationError(IndexerError):
    """An argument, setting or sources file that cannot be used as given."""

    exit_status = 2


class JudgmentsError(ConfigurationError):
    """A file of judged questions that cannot be used as it is."""


class GateRefusedError(IndexerError):
    """A publish that a gate refused; the live index is untouched.

    ``report`` is the run's, as one JSON object. ``forceable`` says whether --force would publish.
    """

    exit_status = 3

    def __init__(self, message: str, *, forceable: bool = True) -> None:
        super().__init__(message)
        self.report = ""
        self.forceable = forceable


class CrawlError(IndexerError):
    """A crawl that could not reach the site or found nothing to index."""


class StoreError(IndexerError):
    """A data folder or store that cannot be read or written."""


class BusyError(StoreError):
    """Another run is working on the data folder."""


class IndexNotFoundError(IndexerError):
    """No index has been published in this data folder yet."""


class IndexInvalidError(IndexerError):
    """A generation that is incomplete, altered, or of another encoder or schema."""


class InexactError(IndexerError):
    """An inverted file was asked for all that is near enough."""

    def __init__(self) -> None:
        super().__init__("an inverted file does not know all that is near enough")


class VectorsUnreachableError(IndexerError):
    """A server of vectors that does not answer, or not as it should."""


class EncoderError(IndexerError):
    """An encoder that cannot be loaded or whose weights are not the expected ones."""
