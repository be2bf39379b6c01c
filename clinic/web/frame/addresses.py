"""Addresses that are made ready to be written when somebody first writes them, not when a process starts."""

from collections.abc import Callable

from werkzeug.routing import Rule


class Address(Rule):
    """A rule of Flask's whose builder is compiled at its first use: of seven hundred, a process writes some dozens.

    Werkzeug compiles two functions a rule as soon as an application is made, which takes a fifth of a second of it.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002  Werkzeug's signature
        """Return a builder that puts the compiled one in its place and asks it."""
        compiling = super()._compile_builder

        def build(rule: Address, /, **values: object) -> tuple[str, str]:
            compiled: Callable[..., tuple[str, str]] = compiling(append_unknown).__get__(rule, None)
            setattr(rule, "_build_unknown" if append_unknown else "_build", compiled)
            return compiled(**values)

        return build
