"""What each role may do."""

from services.staff.permissions import Permission, Role
from tests.staff_members import make_actor


def test_roles_may_what_the_table_says() -> None:
    may = {role: {one for one in Permission if make_actor("x", role).may(one)} for role in Role}
    assert may[Role.PRODUCT] == {Permission.OUTCOMES_VIEW}
    assert may[Role.ADMIN] == set(Permission)
    assert Permission.QUERIES_START not in may[Role.COMPLIANCE]
    assert Permission.IAS_AUDIT not in may[Role.SUPPORT]
    assert Permission.RECORDS_DOWNLOAD not in may[Role.SUPPORT] | may[Role.COMPLIANCE]
