"""Whether this process can serve: asked by load balancers and by `clinic up`."""

from flask import Response
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime
from clinic.web.public import blueprint


@blueprint.get("/healthz")
@policy.public("says whether the process and its database answer, nothing else")
def health() -> ResponseReturnValue:
    """Answer 200 when the database answers, 503 when not; workers have their own signs of life."""
    try:
        with runtime().begin(by=actor()) as session:
            session.connection()
    except SQLAlchemyError:
        return Response("database away\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")
