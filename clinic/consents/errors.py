"""What may go wrong with forms that patients sign."""

from collections.abc import Mapping

from clinic.kernel.errors import Conflict, Invalid, NotFound


class UnknownForm(NotFound):
    """There is no such form, version or signature, or not for this patient."""

    code = "unknown_form"


class WordsRefused(Invalid):
    """The words of a form cannot be published as they stand."""

    code = "form_words_refused"


class StartRefused(Invalid):
    """A version cannot take effect on this day."""

    code = "form_start_refused"


class AlreadyPublished(Conflict):
    """The draft was published, so it is frozen."""

    code = "form_already_published"


class FormReplaced(Conflict):
    """The version on the page is not the one in force any more."""

    code = "form_replaced"


class SigningIncomplete(Invalid):
    """Something is missing for a signature; `faults` says what, by box."""

    code = "signing_incomplete"

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Keep the code of what is missing at each box."""
        super().__init__("Something is missing for this signature.", field=next(iter(faults)))
        self.faults = dict(faults)


class NotWithdrawable(Conflict):
    """The signature was withdrawn or replaced already, or the form cannot be withdrawn."""

    code = "not_withdrawable"


class NothingToSign(Conflict):
    """Nothing is missing, so nothing is asked for."""

    code = "nothing_to_sign"


class NotAskable(Conflict):
    """The patient is not in our care, or the number may not be texted."""

    code = "not_askable"
