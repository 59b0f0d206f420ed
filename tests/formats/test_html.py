"""html: the document itself, and what a real browser makes of it.

The browser tests need Debian's chromium (or the one that TOKENLINT_CHROMIUM names) and Playwright; the accessibility
test needs axe-core (TOKENLINT_AXE names `axe.min.js`, or the package axe-playwright-python ships it).
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.formats.strategies import NASTY, big, empty, one
from tokenlint.formats import Options, html, is_dead
from tokenlint.model import Finding, Location, Problem, Violation

OPTIONS = Options()
CHROMIUM = os.environ.get("TOKENLINT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
COUNT = 5000


def policy(text: str) -> str:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert found is not None
    return found[1]


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_allows_its_own_script_and_style_and_nothing_else() -> None:
    text = html.render(big(3), OPTIONS)
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    script = re.search(r"<script>(.*?)</script>", text, re.S)
    assert style is not None
    assert script is not None
    rules = dict(part.strip().split(" ", 1) for part in policy(text).split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'{digest(script[1])}'"
    assert rules["style-src"] == f"'{digest(style[1])}'"
    assert "unsafe" not in policy(text)
    asks = r"url\((?!#)|@import|\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket"
    makes_markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\("
    assert not re.search(f"{asks}|{makes_markup}", text)


def test_the_data_cannot_leave_its_element() -> None:
    text = html.render(big(3), OPTIONS)
    nasty = "</script><script>alert(1)</script><!--&lt;"
    finding = replace(one(5), redacted=nasty, locations=(Location(nasty),))
    hurt = html.render(replace(big(3), findings=(finding,)), OPTIONS)
    assert hurt.count("<script") == text.count("<script") == 2
    data = re.search(r'id="data">(.*?)</script>', hurt, re.S)
    assert data is not None
    assert not set("<>&") & set(data[1])
    assert json.loads(data[1])["findings"][0]["redacted"] == nasty


def test_the_slots_of_the_template_are_filled_once() -> None:
    finding = replace(one(5), redacted="@SCRIPT@ @DATA@ \0@STYLE@\0")
    text = html.render(replace(big(1), findings=(finding,)), OPTIONS)
    assert text.count("<style>") == 1
    assert text.count('"use strict"') == 1


def test_the_files_of_the_page_stand_beside_it() -> None:
    folder = Path(html.__file__).parent
    assert {"page.html", "page.css", "chart.js", "page.js"} <= {p.name for p in folder.iterdir()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium: install it, or name it in TOKENLINT_CHROMIUM")
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("no playwright: pip install playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


class Opened:
    """A page with everything that it said and asked for."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.said, self.asked = page, [], []
        page.on("console", lambda m: self.said.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: self.said.append(f"error: {e}"))
        page.on("request", lambda r: self.asked.append(r.url))
        page.on("dialog", lambda d: (self.said.append(f"dialog: {d.message}"), d.dismiss()))
        page.goto(url)

    def shown(self) -> str:
        text: str = self.page.locator("#shown").inner_text()
        return text

    def quiet(self, url: str) -> None:
        assert self.said == []
        assert self.asked == [url]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("html") / "large.html"
    path.write_text(html.render(big(COUNT), OPTIONS), encoding="utf-8")
    return path.as_uri()


def opened(browser: Any, url: str, width: int = 1280, **context: Any) -> Opened:
    return Opened(browser.new_page(viewport={"width": width, "height": 900}, **context), url)


def expected(keep: Any) -> int:
    return sum(1 for f in big(COUNT).findings if not f.suppressed and keep(f))


def test_five_thousand_findings_render_and_scroll(browser: Any, large: str) -> None:
    it = opened(browser, large)
    total = expected(lambda f: True)
    assert it.shown() == f"{total:,} credentials"
    rows = it.page.locator(".item")
    assert rows.count() == 100
    for _ in range(4):
        it.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        it.page.wait_for_timeout(150)
    assert rows.count() >= 300
    took = it.page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    assert took < 10_000
    it.quiet(large)


def test_filters_narrow_the_list(browser: Any, large: str) -> None:
    it = opened(browser, large)
    page, total = it.page, expected(lambda f: True)

    def says(number: int) -> None:
        page.wait_for_function(
            "n => document.getElementById('shown').textContent.startsWith(n)", arg=f"{number:,} of {total:,}"
        )

    page.select_option("select[name=provider]", "railway")
    says(expected(lambda f: f.provider == "railway"))
    page.select_option("select[name=code]", "TL204")
    codes = expected(lambda f: f.provider == "railway" and any(v.code == "TL204" for v in f.violations))
    says(codes)
    page.click("#reset")
    assert it.shown() == f"{total:,} credentials"
    page.select_option("select[name=agent]", "cursor")
    says(expected(lambda f: any(a.agent == "cursor" for a in f.exposure.agents or ())))
    page.click("#reset")
    page.click(".chip >> text=critical")
    says(expected(lambda f: f.severity.label == "critical"))
    assert set(page.locator(".item .badge").all_inner_texts()) == {"critical"}
    page.click("#reset")
    page.fill("input[type=search]", "settings-777.env")
    says(1)
    page.fill("input[type=search]", "nothing like this")
    page.wait_for_selector(".empty")
    page.click("#reset")
    page.click('[data-pressed="cell=admin/2"]')
    says(
        expected(
            lambda f: (
                f.evidence.grants is not None
                and any(g.power.verb == "admin" and int(g.breadth) == 2 for g in f.evidence.grants)
            )
        )
    )
    assert page.get_attribute('[data-pressed="cell=admin/2"]', "aria-pressed") == "true"
    page.click("#reset")
    page.click('[data-pressed="headline=backups"]')
    number = int(page.locator('[data-pressed="headline=backups"] b').inner_text().replace(",", ""))
    says(number)
    page.click("#reset")
    page.check("input[name=suppressed]")
    assert it.shown() == f"{COUNT:,} credentials"
    it.quiet(large)


def test_details_open_by_keyboard(browser: Any, large: str) -> None:
    it = opened(browser, large)
    page = it.page
    page.focus(".head >> nth=0")
    page.keyboard.press("Enter")
    assert page.get_attribute(".head >> nth=0", "aria-expanded") == "true"
    body = page.locator(".body").nth(0).inner_text()
    first = big(COUNT).findings[0]
    for part in (first.locations[0].path, first.violations[0].message, first.violations[0].remedy, first.fingerprint):
        assert part in body
    links = page.locator(".body a").evaluate_all("a => a.map(x => [x.href, x.rel])")
    assert links
    assert all(href.startswith("https://") and rel == "noopener noreferrer" for href, rel in links)
    page.keyboard.press("Enter")
    assert page.locator(".body").nth(0).is_hidden()
    it.quiet(large)


def test_copy_buttons_copy(browser: Any, large: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    it = Opened(context.new_page(), large)
    it.page.click(".head >> nth=0")
    it.page.click(".body .small >> nth=0")
    it.page.wait_for_function("document.getElementById('toast').textContent === 'Copied'")
    copied = it.page.evaluate("navigator.clipboard.readText()")
    assert copied in {v.remedy for v in big(COUNT).findings[0].violations} or copied.startswith("chmod ")
    it.quiet(large)
    context.close()


def test_the_chart_draws_every_credential(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "few.html"
    path.write_text(html.render(big(18), OPTIONS), encoding="utf-8")
    it = opened(browser, path.as_uri())
    findings = [f for f in big(18).findings if not f.suppressed]
    assert it.page.locator("#lifetimes text.name").count() == len(findings)
    never = sum(1 for f in findings if f.evidence.never_expires)
    drawn = it.page.locator(".fill-never[d]").get_attribute("d")
    assert drawn.count("z") == never
    assert it.page.locator(".today").count() == 1
    label = it.page.locator("#lifetimes svg").get_attribute("aria-label")
    assert label.startswith(
        str(sum(1 for f in findings if f.evidence.never_expires and f.evidence.status.value != "expired"))
    )
    it.quiet(path.as_uri())


def test_many_of_which_nothing_is_known_are_one_band(browser: Any, large: str) -> None:
    def blank(f: Finding) -> bool:
        known = f.evidence
        return not known.never_expires and not is_dead(f) and not (known.issued_at or known.expires_at or known.lifetime)

    it = opened(browser, large)
    count = expected(blank)
    assert count > 24
    assert it.page.locator("#lifetimes text.name").all_text_contents() == [
        f"{count:,} of which neither issue nor end is known"
    ]
    box = it.page.locator("#lifetimes svg").bounding_box()
    for share in (0.5, 0.99):  # over the bars and over the band
        it.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * share)
        assert it.page.locator("#lifetimes .caption").inner_text() != ""
    it.quiet(large)


def test_without_findings_there_is_nothing_to_draw_or_filter(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "empty.html"
    path.write_text(html.render(empty(), OPTIONS), encoding="utf-8")
    it = opened(browser, path.as_uri())
    assert [it.page.locator(f"#{name}").is_visible() for name in ("charts", "numbers", "filters")] == [False] * 3
    assert "No violations" in it.page.locator("#list").inner_text()
    it.quiet(path.as_uri())


def test_hostile_text_is_shown_and_not_run(browser: Any, tmp_path: Path) -> None:
    findings = []
    for n, nasty in enumerate(NASTY, 1):
        violation = Violation("TL301", nasty, one(n).severity, nasty, nasty, nasty)
        findings.append(
            replace(
                one(n), redacted=nasty, kind=nasty, provider=nasty, violations=(violation,), suppressed=None,
                locations=(Location(nasty, key=nasty),), factors={nasty: nasty}, fingerprint=f"v1:{n:032x}",
            )
        )  # fmt: skip
    report = replace(big(1), findings=tuple(findings), problems=tuple(Problem(n, n) for n in NASTY), targets=NASTY)
    path = tmp_path / "hostile.html"
    path.write_text(html.render(report, OPTIONS), encoding="utf-8")
    it = opened(browser, path.as_uri())
    assert it.page.locator(".item").count() == len(findings)
    for number in range(len(findings)):
        it.page.locator(".head").nth(number).click()
    assert it.page.locator("main img, main script, main iframe").count() == 0
    hrefs = it.page.locator(".body a").evaluate_all("a => a.map(x => x.href)")
    assert all(h.startswith("https://evil.example") for h in hrefs)
    it.quiet(path.as_uri())


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_runs_off_the_side(browser: Any, large: str, width: int) -> None:
    it = opened(browser, large, width)
    it.page.click(".head >> nth=0")
    assert it.page.evaluate("document.documentElement.scrollWidth") <= width


def test_print_lists_everything_that_is_shown(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "print.html"
    path.write_text(html.render(big(300), OPTIONS), encoding="utf-8")
    it = opened(browser, path.as_uri())
    it.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    it.page.emulate_media(media="print")
    assert it.page.locator(".item").count() == sum(1 for f in big(300).findings if not f.suppressed)
    assert it.page.locator("#filters").is_hidden()
    assert len(it.page.pdf()) > 10_000


def axe_source() -> str:
    named = os.environ.get("TOKENLINT_AXE")
    if named:
        return Path(named).read_text(encoding="utf-8")
    spec = importlib.util.find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("no axe-core: name axe.min.js in TOKENLINT_AXE or pip install axe-playwright-python")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("which", ["few", "empty", "incomplete"])
def test_axe_finds_nothing(browser: Any, tmp_path: Path, scheme: Any, width: int, which: str) -> None:
    source = axe_source()
    report = {"few": big(60), "empty": empty(), "incomplete": empty(False)}[which]
    path = tmp_path / "page.html"
    path.write_text(html.render(report, OPTIONS), encoding="utf-8")
    it = opened(browser, path.as_uri(), width, color_scheme=scheme)
    if which == "few":
        it.page.click(".head >> nth=0")
        it.page.click('[data-pressed^="cell="] >> nth=1')
        it.page.click(".head >> nth=0")
    it.page.evaluate(source)
    result = it.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], [n["html"][:160] for n in v["nodes"][:4]]) for v in result["violations"]] == []
