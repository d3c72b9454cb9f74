"""Hashes of a record under several keys, and the comparison with what was kept."""

from services.identity.drift.fields import FIELDS
from services.identity.drift.hashes import DemographicKeys
from services.identity.drift.proofed import NOT_CAPTURED, Comparison, DriftVerdict, compare
from services.metriport.schemas import Patient
from services.store.tables import ProofedDemographics
from tests.clock import FakeClock
from tests.identity.drift.records import PAST, record
from tests.identity.stage import OTHER, PID

OLD, NEW = DemographicKeys(["old"]), DemographicKeys(["new"])
BOTH = DemographicKeys(["new", "old"])
SAME = Comparison(DriftVerdict.SAME)
UNKNOWN = Comparison(DriftVerdict.NOT_COMPARABLE)


def kept(keys: DemographicKeys = OLD, patient: Patient | None = None) -> list[ProofedDemographics]:
    """The rows of an identity that was proofed against the record."""
    hashes = keys.hash_fields(patient or record(), keys.newest)
    at = FakeClock().now
    return [
        ProofedDemographics(
            proofed_identity_id=PID, field=field, hash=value, key_version=keys.newest,
            captured_at=at,
        )
        for field, value in hashes.items()
    ]  # fmt: skip


def test_every_field_has_a_hash_that_fits_its_column() -> None:
    rows = kept()
    assert [row.field for row in rows] == list(FIELDS)
    assert {len(row.hash) for row in rows} == {64}
    assert {len(row.key_version) for row in rows} == {16}
    assert max(len(row.field) for row in rows) <= 20


def test_the_same_record_is_the_same() -> None:
    assert compare(OLD, record(), kept()) == SAME
    assert compare(OLD, record(), list(reversed(kept()))) == SAME


def test_what_changed_is_named_in_the_order_of_the_fields() -> None:
    found = compare(OLD, record(contact=[], address=[PAST]), list(reversed(kept())))
    assert found == Comparison(DriftVerdict.DRIFTED, ("address", "contact"))
    assert found.is_drifted and not SAME.is_drifted


def test_nothing_kept_is_not_captured() -> None:
    assert compare(OLD, record(), []) == NOT_CAPTURED


def test_a_rotated_key_is_not_comparable_whatever_changed() -> None:
    assert compare(NEW, record(), kept()) == UNKNOWN
    assert compare(NEW, record(dob="2000-01-01"), kept()) == UNKNOWN


def test_a_key_behind_the_newest_still_compares() -> None:
    assert compare(BOTH, record(), kept()) == SAME
    assert compare(BOTH, record(dob="2000-01-01"), kept()).drifted_fields == ("birth_date",)
    assert compare(BOTH, record(), kept(BOTH)) == SAME
    assert BOTH.newest == NEW.newest


def test_what_can_be_compared_is_even_where_the_rest_cannot() -> None:
    name, *others = kept()
    mixed = [*kept(NEW)[:1], *others]
    assert compare(OLD, record(), mixed) == UNKNOWN
    assert compare(OLD, record(contact=[]), mixed).drifted_fields == ("contact",)
    assert compare(BOTH, record(), [name, *kept(NEW)[1:]]) == SAME


def test_a_field_of_another_version_is_not_comparable() -> None:
    rows = kept()
    rows[0].field = "shoe_size"
    assert compare(OLD, record(firstName="Janet"), rows) == UNKNOWN


def test_equal_fields_of_two_people_have_unequal_hashes() -> None:
    one = OLD.hash_fields(record(), OLD.newest)
    other = OLD.hash_fields(record(id=OTHER), OLD.newest)
    assert set(one.values()).isdisjoint(other.values())


def test_a_hash_is_another_under_another_key_and_in_another_field() -> None:
    blank = record(firstName="", lastName="", dob="", address=[], contact=[])
    hashes = [*OLD.hash_fields(blank, OLD.newest).values()]
    hashes += NEW.hash_fields(blank, NEW.newest).values()
    assert len(set(hashes)) == 2 * len(FIELDS)


def test_the_version_of_a_key_says_nothing_of_it() -> None:
    secret = "a secret of the company"
    assert secret not in repr(vars(DemographicKeys([secret])))
    assert DemographicKeys([secret]).newest == DemographicKeys([secret]).newest


def test_what_cannot_be_read_is_not_compared() -> None:
    odd = record()
    odd.keep_unreadable(["contact[1]: 7.5", 'zip: {"a": 1}', "dob: 19960210"])
    # A number in place of a text was read, as its digits.
    assert set(OLD.hash_fields(odd, OLD.newest)) == {"name", "birth_date"}
    assert compare(OLD, odd, kept()) == UNKNOWN
    assert compare(OLD, record(), kept(OLD, odd)) == UNKNOWN
    moved = record(address=[PAST], contact=[])
    moved.keep_unreadable(["address[0]: null"])
    assert compare(OLD, moved, kept()).drifted_fields == ("contact",)
