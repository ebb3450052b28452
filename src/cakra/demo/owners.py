"""A few owners answer by the portal, as anybody would: by its pages, without JavaScript."""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from collections.abc import Sequence

from cakra.demo.city import City
from cakra.store.db import Row

_TOKEN = re.compile(r'name="tanda" value="([^"]+)"')
_SHOWN = re.compile(r'name="periksa" value="([^"]+)"')
_TIMEOUT_S = 20


class _Browser:
    """Cookies, redirects, and the token of the form it saw last."""

    def __init__(self, base: str) -> None:
        self._base = base
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))
        self._token = ""

    def open(self, path: str, **fields: str) -> str:
        """A GET without fields, a POST of the form with them; the page it led to."""
        data = urllib.parse.urlencode({**fields, "tanda": self._token}).encode() if fields else None
        with self._opener.open(self._base + path, data=data, timeout=_TIMEOUT_S) as answer:
            page: str = answer.read().decode()
        if found := _TOKEN.search(page):
            self._token = found[1]
        return page


def answer_some(portal: str, cases: Sequence[Row], city: City) -> None:
    """Each of these cases' owners admits to having driven, and sees a deposit code."""
    for case in cases:
        if case["plate"] not in city.chassis:
            continue
        browser = _Browser(portal)
        browser.open("/")
        browser.open("/periksa", referensi=case["reference"], nopol=case["plate"])
        browser.open("/kasus/stnk", rangka=city.chassis[case["plate"]])
        shown = _SHOWN.search(browser.open("/kasus/jawab", siapa="saya"))
        browser.open("/kasus/jawab/kirim", periksa=shown[1] if shown else "")
