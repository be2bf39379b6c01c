"""Prices in the small town: Paloma's plan costs another price now, and she has a reduced rate."""

from datetime import timedelta

from clinic.billing.actions.hardship import approve_hardship, ask_hardship
from clinic.billing.actions.prices import NewPrice, announce_price_change, new_price
from clinic.billing.queries.plans import entitlements_of, plan_of_code, prices_of
from clinic.billing.queries.subscriptions import living
from tests.browser.town import Town
from tests.browser.town_billing import PATIENT


def add_prices(town: Town) -> None:
    """Add a new price with a change that is announced, and a hardship rate with its request."""
    today, admin = town.now.date(), town.actors["morgan"]
    with town.begin(by=admin) as session:
        member = living(session, town.patients[PATIENT].id)
        assert member is not None
        old = prices_of(session, plan_of_code(session, "standard").id)[0]
        new = NewPrice(cents=37_500, valid_from_on=today, entitlements=entitlements_of(session, old.id))
        by = {"by": admin, "now": town.now}
        new_price(session, old.plan_id, new=new, based_on=old.id, today=today, **by)
        change = announce_price_change(session, old.id, effective_on=today + timedelta(days=60), today=today, **by)
        asked = {"reason": "income", "basis_points": 2_500, "by": town.dana, "now": town.now}
        request = ask_hardship(session, member.id, **asked)
        review_on = today + timedelta(days=90)
        rate = approve_hardship(session, request.id, review_on=review_on, version=request.version, **by)
        town.others |= {"plan_id": old.plan_id, "price_id": old.id, "change_id": change.id}
        town.others |= {"request_id": request.id, "redemption_id": rate.id}
