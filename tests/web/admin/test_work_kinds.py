"""Every kind of task leads to a page that exists and that its owner may open."""

import pytest
from flask import Flask, url_for

from clinic.kernel.ids import new_id
from clinic.web.frame.policy import policy_of
from clinic.worklist.rules import KINDS, WorkKind


@pytest.mark.parametrize("kind", list(WorkKind))
def test_the_button_of_every_kind_of_task_leads_its_owner_to_a_page(app: Flask, kind: WorkKind):
    about = KINDS[kind]
    policy = policy_of(app, about.endpoint)
    assert policy is not None, f"{about.endpoint} does not exist"
    assert policy.admits(frozenset({about.owner_role}))
    arguments = {about.argument: new_id()} if about.argument else {}
    with app.test_request_context("/", base_url="http://localhost"):
        assert url_for(about.endpoint, **arguments).startswith("/")
