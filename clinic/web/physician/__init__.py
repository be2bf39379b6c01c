"""Pages of a physician: the own day and the own patients."""

from flask import Blueprint

blueprint = Blueprint("physician", __name__)

from clinic.web.physician import days  # noqa: E402 - the views attach themselves to the blueprint above

__all__ = ["blueprint", "days"]
