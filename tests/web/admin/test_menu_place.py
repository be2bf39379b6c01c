"""The menu of an administrator, in which the address of one entry lies under that of another."""

from collections.abc import Callable

import pytest

from clinic.kernel.actor import Role
from tests.web.html import Browser

PLACES = [
    ("/admin", "Clinic"),
    ("/admin/closures", "Clinic"),
    ("/admin/system", "System"),
    ("/admin/staff", "Staff"),
    ("/admin/texts", "Texts"),
    ("/admin/texts/VISIT_24H", "Texts"),
    ("/admin/staff/invite", "Staff"),
    ("/physicians", "Physicians"),
]


@pytest.mark.parametrize(("path", "label"), PLACES)
def test_one_entry_of_the_menu_says_where_the_page_is(sign_in_as: Callable[..., Browser], path: str, label: str):
    assert sign_in_as(Role.ADMIN).get(path).texts("nav.menu [aria-current=page]") == [label]
