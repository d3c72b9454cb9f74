"""A patient with a browser of their own, who clicks through what they are sent."""

import re

import httpx

_TEXT = re.compile(r'name="text" value="(\w{64})"')
_CODE = re.compile(r'<code id="now">(\d{6})</code>')


def ticked(page: httpx.Response) -> dict[str, str] | None:
    """The form of a link's page with its tick; None where the page asks for none."""
    shown = _TEXT.search(page.text)
    return {"agreed": "yes", "text": shown[1]} if shown else None


class Patient:
    """Keeps cookies as a browser does; stops at every page, and follows redirects by itself."""

    def __init__(self) -> None:
        self.cookies = httpx.Cookies()

    def open(self, url: str) -> httpx.Response:
        """The page at `url`."""
        return self.send("GET", url)

    def send(
        self,
        method: str,
        url: str,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """One request; no connection is left open for a test to forget."""
        with httpx.Client(cookies=self.cookies, verify=False) as window:
            answer = window.request(method, url, data=data, headers=headers)
            self.cookies = window.cookies
        return answer

    def press_continue(self, url: str) -> str:
        """Use the link up, with the tick where the page asks for one; where it leads."""
        answer = self.send("POST", url, ticked(self.open(url)))
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def answer(self, hosted: str, do: str = "complete") -> str:
        """Click through a hosted page; where it sends the browser back to."""
        page = self.open(hosted)
        assert page.status_code == 200, page.text
        code = _CODE.search(page.text)
        form = {"do": do, "code": code[1] if code else ""}
        return self.send("POST", hosted, form).headers["location"]

    def come_back(self, url: str) -> httpx.Response:
        """The last page of the way."""
        answer = self.open(url)
        while answer.status_code == 303:
            answer = self.open(str(httpx.URL(url).join(answer.headers["location"])))
        return answer

    def do(self, url: str, do: str = "complete") -> httpx.Response:
        """The whole way of a link."""
        assert self.open(url).status_code == 200
        return self.come_back(self.answer(self.press_continue(url), do))
