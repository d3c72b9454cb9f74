"""Reads the records of people who were just verified, and keeps what they were proofed against.

Several processes can share the work, and each try stands in the log: see
`services.identity.drift.captures`.
"""

import logging

from services.clock import Clock
from services.errors import LogUnavailable, NoAnswer, Unreachable, UpstreamError
from services.identity.drift.captures import Claim, claim_capture, keep_capture, postpone
from services.identity.drift.hashes import DemographicKeys
from services.metriport.client import MetriportClient
from services.store import Store

_log = logging.getLogger(__name__)

_MOST_ROWS = 20
"""A step ends after so many, because only its end writes the heartbeat."""


class DriftCapture:
    """Captures what is due; nobody is told of a failure, as the next try makes up for it."""

    def __init__(
        self, store: Store, client: MetriportClient, keys: DemographicKeys, clock: Clock
    ) -> None:
        self._store = store
        self._client = client
        self._keys = keys
        self._clock = clock

    def step(self) -> int:
        """Capture the records that are due, at most twenty; answers how many were tried.

        It ends early at the first call without an answer: an upstream that does not answer for one
        person does not answer for the others. Raises `LogUnavailable`.
        """
        tried = 0
        while tried < _MOST_ROWS and (claim := self._claim()):
            tried += 1
            if not self._capture_guarded(claim):
                break
        return tried

    def _claim(self) -> Claim | None:
        with self._store.write() as session:
            return claim_capture(session, self._clock())

    def _capture_guarded(self, claim: Claim) -> bool:
        """Capture one record; False where upstream gave no answer. A fault stops no other row."""
        try:
            self._capture(claim)
        except LogUnavailable:
            raise
        except UpstreamError as error:
            self._postpone(claim)
            return not isinstance(error, (Unreachable, NoAnswer))
        except Exception as error:
            # Only the error's class is logged: its text may repeat what upstream said of a person.
            _log.error("proofed_identity %s: %s", claim.identity_id, type(error).__name__)
            self._postpone(claim)
        return True

    def _capture(self, claim: Claim) -> None:
        # No transaction is open during the call: on SQLite nobody else could write meanwhile.
        patient = self._client.get_patient(claim.patient_id)
        with self._store.write() as session:
            keep_capture(session, self._keys, claim, patient, self._clock())

    def _postpone(self, claim: Claim) -> None:
        with self._store.write() as session:
            postpone(session, claim, self._clock())
