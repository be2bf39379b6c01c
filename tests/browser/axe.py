"""What axe finds on a page, with a memory for the colors that it reads again and again."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

COLORS_ARE_READ_ONCE = """
(() => {
  const read = new Map(), color = axe.commons.color.Color.prototype, parse = color.parseString;
  color.parseString = function (words) {
    if (!read.has(words)) {
      parse.call(this, words);  // What cannot be read is refused each time: it throws before it is kept.
      read.set(words, { r: this.r, g: this.g, b: this.b, alpha: this.alpha });
    }
    return Object.assign(this, read.get(words));
  };
})();
"""
"""Half of what axe computes is the same dozen of colors, parsed anew for every element behind every word."""
AXE = Axe().axe_script + COLORS_ARE_READ_ONCE
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """Return what axe finds, one line each."""
    if page.evaluate("() => !window.axe"):
        page.evaluate(AXE)
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = page.evaluate("(options) => axe.run(options).then((all) => all.violations)", options)
    return [f"{one['id']} ({one['impact']}) x{len(one['nodes'])}: {one['nodes'][0]['html'][:160]}" for one in found]


def violations_by_day_and_night(page: Page) -> list[str]:
    """Return what axe finds on a page in dark and in light."""
    found = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {each}" for each in violations(page)]
    return found
