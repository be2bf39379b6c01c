"""E-mail in a worker: looked after apart from texts, so that a slow mail server delays none."""

from collections.abc import Iterator

import pytest

from clinic.messaging.rules.kinds import Subject
from tests.domains.messaging.conftest import MakeRuntime, make_runtime, provider
from tests.domains.messaging.desk import Desk
from tests.domains.messaging.mail import Post, post_office
from workers import work

__all__ = ["make_runtime", "provider"]


@pytest.fixture
def post(make_runtime: MakeRuntime, begin, provider, clock) -> Iterator[Post]:
    with post_office(Desk(make_runtime(begin), provider, clock)) as found:
        yield found


def alert(post: Post, to: str = "dana@example.org"):
    about = Subject(kind="alert", id=None)
    variables = {"what": "Texts are on hold", "page": "/admin/system"}
    return post.page(to, template_key="STAFF_ALERT", subject=about, variables=variables)


def test_mail_leaves_by_a_look_of_its_own(post: Post) -> None:
    message_id = alert(post)
    work.tick(post.runtime, seconds=5)
    assert post.message(message_id).state == "pending"
    work.tick_mail(post.runtime, seconds=5)
    assert (post.message(message_id).state, len(post.received())) == ("sent", 1)


def test_a_mail_server_that_is_away_ends_a_look_and_not_the_worker(post: Post) -> None:
    post.faults("drop-before", "drop-before", "drop-before")
    ids = [alert(post, f"s{number}@example.org") for number in range(3)]
    work.tick_mail(post.runtime, seconds=5)
    assert {post.message(one).state for one in ids} == {"pending"}
