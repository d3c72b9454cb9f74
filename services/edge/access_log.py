"""What a server's access log may say: never a query string, and never a link's token."""

import logging
import re

_SECRET_PATH = re.compile(r"^(/ias/go/|/ias/consent/|/sandbox/hosted/\w+/|/sandbox/files/).*")


class WithoutSecrets(logging.Filter):
    """Cuts the path in the records of uvicorn's access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; keep it."""
        if isinstance(record.args, tuple):
            record.args = tuple(_cut(argument) for argument in record.args)
        return True


class WithoutSockets(logging.Filter):
    """Drops the records of websockets: strangers who try to open them would fill the disk."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is about something else."""
        return '"WebSocket %s"' not in str(record.msg)


class WithoutRequests(logging.Filter):
    """Drops what the HTTP library says of each request: whole addresses, and some are credentials.

    The table of calls has them without.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is about something else."""
        return not str(record.msg).startswith("HTTP Request")


def hide_secrets() -> None:
    """Have every access log of this process written without secrets.

    The configured log level silences it; whoever raises that must not leak what passes by.
    """
    _add_filter("uvicorn.access", WithoutSecrets)
    # Uvicorn writes the address of each websocket beside its errors.
    _add_filter("uvicorn.error", WithoutSockets)
    _add_filter("httpx", WithoutRequests)


def _add_filter(name: str, kind: type[logging.Filter]) -> None:
    logger = logging.getLogger(name)
    if not any(isinstance(known, kind) for known in logger.filters):
        logger.addFilter(kind())


def _cut(value: object) -> object:
    if not isinstance(value, str) or not value.startswith("/"):
        return value
    return _SECRET_PATH.sub(r"\1…", value.split("?")[0])
