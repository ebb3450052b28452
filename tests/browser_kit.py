"""What tests in a real browser need: Debian's Chromium, a click that waits for its page, what every page must be."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from children import until
from console_kit import PASSWORD

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PATIENCE_MS = 30_000
# Polling ends when it holds, so patience costs a sound page nothing, and a busy machine is no fault of the page.
expect.set_options(timeout=PATIENCE_MS)

# Every visible text against the nearest painted ground: the pairs below the ratio WCAG 2.2 AA asks for.
FAINT_TEXTS = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("svg") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(numbers(style.color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${node.textContent.trim()}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
# Controls smaller than 24 by 24 CSS pixels (WCAG 2.2, 2.5.8); links inside a sentence are exempt.
SMALL_TARGETS = """() => [...document.querySelectorAll("button, input, select, textarea, .button, nav a")]
  .filter((target) => target.type !== "hidden" && target.checkVisibility())
  .map((target) => [target.outerHTML.slice(0, 80), target.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([html]) => html)"""
OVERFLOWS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def chromium_program() -> str:
    """Where Chromium is; a loud failure on CI when it is missing, a loud skip elsewhere."""
    program = shutil.which("chromium")
    if program is None:
        message = "CHROMIUM MISSING: sudo apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return program


@contextmanager
def running_chromium() -> Iterator[str]:
    """Debian's Chromium without a window; where Playwright finds it."""
    with tempfile.TemporaryDirectory(prefix="cakra-chromium-", ignore_cleanup_errors=True) as profile:
        # It chooses the port itself and writes it into this file.
        port = Path(profile) / "DevToolsActivePort"
        arguments = ["--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu"]
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio"]
        # Playwright's own launch says so too: it does not see that a kept page is shown again, and waits for its load.
        arguments.append("--disable-back-forward-cache")
        process = subprocess.Popen(
            # However the run ends, its browser ends with it.
            ["setpriv", "--pdeathsig", "TERM", chromium_program(), *arguments, *quiet, f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: port.exists() and port.read_text().count("\n"), what="a listening Chromium")
            yield f"http://127.0.0.1:{port.read_text().splitlines()[0]}"
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture
async def chromium(chromium_address: str) -> AsyncIterator[Browser]:
    """The worker's browser; what a test opened in it is closed afterwards."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium_address)
        before = set(browser.contexts)
        yield browser
        for context in [one for one in browser.contexts if one not in before]:
            await context.close()
        await browser.close()


async def follow(page: Page, selector: str) -> None:
    """Click what leads to another page, or to this one anew, and wait until that page is there.

    A click ends before the page changes: whatever is asked right after it may still be asked of the old page.
    """
    async with page.expect_navigation():
        await page.click(selector)


async def is_sound(page: Page) -> list[Any]:
    """Nothing faint, nothing too small (a choice is hit by its label), nothing wider than the screen."""
    small = [target for target in await page.evaluate(SMALL_TARGETS) if "pick__radio" not in target]
    return [await page.evaluate(FAINT_TEXTS), small, await page.evaluate(OVERFLOWS)]


async def entered(chromium: Browser, site: str, path: str, *, username: str, size: Any) -> Page:
    """An officer's page without JavaScript, signed in and led on to `path`."""
    context = await chromium.new_context(viewport=size, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site}/petugas/masuk?lanjut={path}")
    await page.fill("#nama", username)
    await page.fill("#sandi", PASSWORD)
    await follow(page, "main .button")
    return page
