"""What is too wide or too small on a page, which axe does not measure."""

from playwright.sync_api import Page


def sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    wider: int = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    return max(wider, 0)


def small_targets(page: Page, *, least: int) -> list[str]:
    """Return links and buttons lower than `least` pixels; axe itself knows the 24 of WCAG 2.2.

    A radio or a checkbox is as high as its label, which is as good to hit.
    """
    found: list[str] = page.evaluate(
        """(least) => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
          .filter((e) => e.checkVisibility() && !e.matches(".skip"))
          .map((e) => [e, e.matches("[type=radio], [type=checkbox]") && e.labels[0] || e])
          .map(([e, hit]) => [e.textContent.trim().slice(0, 40) || e.name, hit.getBoundingClientRect().height])
          .map(([words, height]) => [words, Math.round(height)])
          .filter(([, height]) => height && height < least)
          .map(([words, height]) => `${words}: ${height} px high`)""",
        least,
    )
    return found
