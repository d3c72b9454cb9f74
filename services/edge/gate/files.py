"""The files that Streamlit serves and takes: only for the staff session they were made for."""

from collections.abc import Collection
from contextlib import suppress
from typing import Protocol

from anyio import to_thread
from starlette.requests import HTTPConnection

from services.desk import desk
from services.errors import AccessDeskError
from services.staff.permissions import Actor

MEDIA, UPLOADS = "/media/", "/_stcore/upload_file/"


class FileOwners(Protocol):
    """Answers to which staff sessions a file or an open page belongs."""

    def of_file(self, file_id: str) -> Collection[str]:
        """The ids of the staff sessions in which this file was made."""

    def of_page(self, page_id: str) -> str | None:
        """The id of the staff session that has this page open; None for none."""


async def may_have(who: Actor, connection: HTTPConnection, owners: FileOwners) -> bool:
    """Whether the path of a request names a file, or a page's uploads, of that staff session.

    An attempt to get the file of somebody else is noted.
    """
    path: str = connection.scope["path"]
    if path.startswith(UPLOADS):
        return owners.of_page(path.removeprefix(UPLOADS).partition("/")[0]) == who.session
    file_id = path.removeprefix(MEDIA).partition(".")[0]
    sessions = owners.of_file(file_id)
    if sessions and who.session not in sessions:
        await to_thread.run_sync(_note, who, file_id)
    return who.session in sessions


def _note(who: Actor, file_id: str) -> None:
    # Refused in any case; without the log there is no place to say so.
    with suppress(AccessDeskError):
        desk().audit.note(who, "file.open", outcome="denied", of=("file", file_id))
