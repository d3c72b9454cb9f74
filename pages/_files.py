"""Remembers in which staff sessions each file that Streamlit serves was made.

Streamlit itself hands a file to everybody who knows its address.
"""

from collections.abc import Collection, Mapping
from threading import Timer
from typing import Any

from streamlit.runtime import Runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

KEPT_SECONDS = 60.0
"""For how many seconds the browser can fetch a file that a press of a download button made.

It fetches the file at once, as part of the press.
"""

_SESSION = "staff_session"
"""The key under which Streamlit keeps a page's staff session (`server.trustedUserHeaders`)."""


class OwnedFiles(MediaFileManager):
    """Streamlit's store of files; it also remembers in which staff sessions each was made.

    An address tells nothing: it is a hash of the bytes, the same for everybody. Nor does it help to
    see which addresses are sent to a browser, since a page may repeat one that somebody has typed.
    """

    def __init__(self, storage: Any) -> None:
        super().__init__(storage)
        self._owners: dict[str, set[str]] = {}
        self._forgetting: dict[str, Timer] = {}

    def add(self, *args: Any, **kwargs: Any) -> str:
        """Keep a file that a page shows or offers; answers its address."""
        address = super().add(*args, **kwargs)
        self._own(_file_id(address), {_session_of_run()})
        return address

    def add_deferred(self, *args: Any, **kwargs: Any) -> str:
        """Keep the function that makes a file; answers the id by which a page asks for it."""
        deferred_id = super().add_deferred(*args, **kwargs)
        self._own(deferred_id, {_session_of_run()})
        return deferred_id

    def execute_deferred(self, file_id: str) -> str:
        """Make the file. It belongs to the sessions whose page offered it, not to whoever asks."""
        owners = self.of_file(file_id)
        address = super().execute_deferred(file_id)
        made = _file_id(address)
        self._own(made, owners)
        self._forget_later(made)
        return address

    def _forget_later(self, file_id: str) -> None:
        """Forget a file once the browser has had time to fetch it.

        Streamlit itself keeps it until pages were drawn twice more, which may be never.
        """
        forgetting = Timer(KEPT_SECONDS, self._forget, [file_id])
        forgetting.daemon = True
        with self._lock:
            before = self._forgetting.get(file_id)
            self._forgetting[file_id] = forgetting
        # Who presses again has the same file anew, and as much time as at first.
        if before is not None:
            before.cancel()
        forgetting.start()

    def _forget(self, file_id: str) -> None:
        # A browser that fetches it at this moment gets all of it: the answer holds the bytes.
        with self._lock:
            if file_id in self._file_metadata:
                self._delete_file(file_id)
            self._forgetting.pop(file_id, None)

    def of_file(self, file_id: str) -> Collection[str]:
        """The ids of the staff sessions in which this file was made."""
        with self._lock:
            return frozenset(self._owners.get(file_id, ()))

    def _own(self, file_id: str, sessions: Collection[str | None]) -> None:
        with self._lock:
            self._owners.setdefault(file_id, set()).update(filter(None, sessions))

    def _delete_file(self, file_id: str) -> None:
        # Streamlit holds the lock here, as in the method below.
        super()._delete_file(file_id)
        self._owners.pop(file_id, None)

    def _drop_deferred_id(self, file_id: str) -> None:
        super()._drop_deferred_id(file_id)
        self._owners.pop(file_id, None)


def own_files() -> None:
    """Replace the running Streamlit's store of files by `OwnedFiles`; once, before any page."""
    runtime = Runtime.instance()
    # There is no public place for it. The routes that serve files keep to the same storage.
    runtime._media_file_mgr = OwnedFiles(runtime.media_file_mgr._storage)


class FilesOfPages:
    """Answers to which staff session a file or an open page of the application belongs."""

    def of_file(self, file_id: str) -> Collection[str]:
        """The ids of the staff sessions in which this file was made."""
        files = Runtime.instance().media_file_mgr
        return files.of_file(file_id) if isinstance(files, OwnedFiles) else ()

    def of_page(self, page_id: str) -> str | None:
        """The id of the staff session that has a page open now; `page_id` is Streamlit's."""
        page = Runtime.instance().get_app_session(page_id)
        return _staff_session(page._user_info) if page else None


def _session_of_run() -> str | None:
    run = get_script_run_ctx(suppress_warning=True)
    return _staff_session(run.user_info) if run else None


def _staff_session(user: Mapping[str, Any]) -> str | None:
    return user.get(_SESSION)


def _file_id(address: str) -> str:
    return address.rpartition("/")[2].partition(".")[0]
