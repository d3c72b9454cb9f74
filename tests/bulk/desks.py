"""A world with bulk runs, and the refusals that a run meets."""

import httpx

from services.bulk.runs import BulkProgress
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from services.staff.permissions import Role
from tests.staff_members import STAFF
from tests.world import PATIENT, World

SUPPORT = STAFF[Role.SUPPORT]
A, B = PATIENT, "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb2"


class Desks(World):
    """A world with bulk runs."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.starts = self.bulk_starts

    def begin(self, number: int) -> str:
        ids = [f"0191b878-d0c4-7d82-8960-{one:012}" for one in range(number)]
        request = TreatmentRequest(ids[0], "f", Sources(lab=True), REASONS[0])
        run_id = self.bulk.new_id()
        self.bulk.begin(SUPPORT, run_id, ids, request)
        return run_id

    def work(self) -> int:
        """Everything that can be done now."""
        done = 0
        while self.starts.step():
            done += 1
        return done

    def progress(self) -> BulkProgress:
        return self.bulk.runs(SUPPORT)[0]


def gateway(_: httpx.Request) -> httpx.Response:
    return httpx.Response(403, json={"message": "Forbidden"})


def limited(_: httpx.Request) -> httpx.Response:
    return httpx.Response(429, json={"status": 429, "title": "X", "detail": "slow down"})
