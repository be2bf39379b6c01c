"""Pages about being on call, for all staff; every module beside this one adds its own to the blueprint."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint

blueprint = Blueprint("oncall", __name__)

for _page in iter_modules(__path__, prefix=f"{__name__}."):
    import_module(_page.name)
