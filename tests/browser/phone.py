"""What a person does on their own phone."""

from playwright.sync_api import Page


def press_continue(phone: Page) -> None:
    """Continue on the page of a link, with the tick where it asks for one."""
    tick = phone.get_by_role("checkbox", name="I have read this, and I agree.")
    if tick.count():
        tick.check()
    phone.get_by_role("button", name="Continue").click()
