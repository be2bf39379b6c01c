"""Build hook: compiles the translations and, in a real wheel, puts the migrations inside the package."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WholeProduct(BuildHookInterface):  # type: ignore[type-arg]
    """Adds what Python files alone do not bring."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile beside the sources; an editable install finds the migrations in the checkout and needs no copy."""
        for source in Path(self.root).glob("clinic/web/translations/*/LC_MESSAGES/*.po"):
            with source.open("rb") as read, source.with_suffix(".mo").open("wb") as write:
                write_mo(write, read_po(read))
        if version != "editable":
            build_data["force_include"]["migrations"] = "clinic/_migrations"
