"""What the medication domain refuses, named for what went wrong."""

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownOrder(NotFound):
    """No such order, or not one that the asking person may see."""

    code = "unknown_order"

    def __init__(self, message: str = "There is no such order. Open the patient's record again.") -> None:
        """Say the same sentence whether the order is missing or somebody else's."""
        super().__init__(message)


class OrderRefused(Invalid):
    """What an order is to say cannot stand in one; `field` is where."""

    code = "order_refused"


class SecondOrder(Conflict):
    """The patient has an order that still counts."""

    code = "second_order"


class NotYourOrder(Forbidden):
    """Only a physician who cares for the patient may do this to an order."""

    code = "not_your_order"


class WrongState(Conflict):
    """An order, a fill or a parcel does not go from where it is to where somebody wants it."""

    code = "wrong_state"


class UnknownFill(NotFound):
    """No such fill, or not one that the asking person may see."""

    code = "unknown_fill"

    def __init__(self, message: str = "There is no such fill. Open the patient's record again.") -> None:
        """Say the same sentence whether the fill is missing or somebody else's."""
        super().__init__(message)


class LotUnknown(NotFound):
    """The pharmacy has no lot of this number, as far as this clinic was told."""

    code = "lot_unknown"


class LotRecalled(Conflict):
    """Nobody may use units of this lot any more."""

    code = "lot_recalled"


class LotExpired(Conflict):
    """The lot is past its beyond-use date."""

    code = "lot_expired"


class UnitsRefused(Invalid):
    """A number of units that cannot be; `field` is where."""

    code = "units_refused"


class ParcelRefused(Invalid):
    """What is said of a parcel cannot be true of this one; `field` is where."""

    code = "parcel_refused"


class UnknownParcel(NotFound):
    """No such parcel, or not one that the asking person may see."""

    code = "unknown_parcel"

    def __init__(self, message: str = "There is no such parcel. Compare the tracking number with the label.") -> None:
        """Say the same sentence whether the parcel is missing or somebody else's."""
        super().__init__(message)


class PdmpRefused(Invalid):
    """A look into the monitoring program that cannot be recorded so; `field` is where."""

    code = "pdmp_refused"


class UnknownPharmacy(NotFound):
    """No such pharmacy."""

    code = "unknown_pharmacy"

    def __init__(self, message: str = "There is no such pharmacy. Choose one from the list.") -> None:
        """Say where the known ones are."""
        super().__init__(message)


class UnknownLicense(NotFound):
    """No such license or registration."""

    code = "unknown_license"


class PharmacyRefused(Invalid):
    """What is written about a pharmacy, a license or a registration cannot stand; `field` is where."""

    code = "pharmacy_refused"


class ClaimRefused(Invalid):
    """A report about units that cannot be taken as it is; `field` is where."""

    code = "claim_refused"
