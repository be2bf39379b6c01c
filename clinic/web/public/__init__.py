"""Pages before and around signing in; every module beside this one adds its own to the blueprint."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint

blueprint = Blueprint("public", __name__)

for _page in iter_modules(__path__, prefix=f"{__name__}."):
    import_module(_page.name)
