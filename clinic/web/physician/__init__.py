"""Pages of a physician: own day, week, time, covers, calendar and patients; every module beside this adds its own."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint

blueprint = Blueprint("physician", __name__)

for _page in iter_modules(__path__, prefix=f"{__name__}."):
    import_module(_page.name)
