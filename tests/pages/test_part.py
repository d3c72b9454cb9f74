"""Parts of a page that are drawn alone."""

from streamlit.testing.v1 import AppTest

from services.desk import Desk
from services.staff.permissions import Role
from tests.desk import FakeSignIn
from tests.pages.conftest import texts
from tests.staff_members import STAFF


def _page_with_two_parts() -> None:
    from pages._ui.frame.part import part
    from services.errors import LogUnavailable

    def fail() -> None:
        raise LogUnavailable("The log does not answer.")

    def count(first: int) -> None:
        import streamlit as st

        st.button("More", key="more")
        st.markdown(f"Counted from {first}")

    part(fail)()
    part(count)(7)


def test_an_error_of_a_part_is_shown_in_its_place(running_desk: Desk, sign_in: FakeSignIn) -> None:
    sign_in.who = STAFF[Role.SUPPORT]
    at = AppTest.from_function(_page_with_two_parts).run()
    assert not at.exception and "The log does not answer" in at.error[0].value
    assert "Counted from 7" in texts(at)
    assert "Counted from 7" in texts(at.button(key="more").click().run())
