"""What each of the clinic's texts is for and when it goes, in the order in which readers get them."""

from collections.abc import Mapping
from types import MappingProxyType

_AFTER = "Goes after a visit at home, "
_SAME_WITHOUT = "The same without a word about drinking."
_RESTRICTED = "Goes instead to patients who may not drink freely."

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Joining us": ("OPTIN_CONFIRM", "INTAKE_LINK", "INTAKE_NUDGE", "SIGN_NEEDED"),
        "Getting in": ("LOGIN_CODE", "NEW_LINK"),
        "When a visit is booked or changes": (
            *("BOOK_CONFIRM", "BOOK_CHANGED", "VISIT_CANCELED", "VISIT_24H", "VISIT_15M", "VISIT_NO_SHOW"),
            "SLOT_OFFER",
        ),
        "Courses of visits": ("COURSE_BOOKED", "COURSE_CHANGED", "COURSE_CANCELED", "COURSE_OFFER"),
        "Before a visit at home": (
            *("PREP_48H_SITTER", "SITTER_INVITE", "SITTER_MOVED", "SITTER_OFF", "HYDRATE_DAYBEFORE"),
            "HYDRATE_DAYBEFORE_DRY",
            *("VISIT_TOMORROW", "VISIT_TOMORROW_DRY", "CHECKLIST_EARLY"),
        ),
        "On the day of a visit at home": (
            *("FASTING", "FASTING_DRY", "HYDRATE_2H", "HYDRATE_2H_DRY", "CHECKLIST_MISSING", "HOLD_TODAY"),
            *("POST_REST", "POST_REST_DRY", "POST_EVENING", "POST_EVENING_DRY"),
        ),
        "After a visit at home": ("POST_24H", "POST_72H", "POST_7D"),
        "Check-ins": ("SURVEY_LINK", "SURVEY_NUDGE1", "SURVEY_NUDGE2"),
        "Packages": (
            *("SHIP_SENT", "SHIP_ATTEMPT", "SHIP_DELIVERED", "SHIP_CONFIRM", "SHIP_RECALL", "SHIP_COUNT"),
            *("SHIP_ANSWER", "SHIP_LEFT"),
        ),
        "Membership and payments": (
            *("PAY_JOIN", "PAY_FAILED", "PAY_ACTION", "PAY_RECEIPT", "PAY_CARD_ENDS", "PAY_RESUMES", "PAY_PRICE"),
        ),
        "Written by staff": ("STAFF_TEXT", "STAFF_MSG", "ON_CALL_PAGE"),
        "Answers to what people text": (
            *("STOP_REPLY", "HELP_REPLY", "START_REPLY", "CRISIS_REPLY", "REPLY_THANKS", "MOVE_REQUESTED"),
            *(
                "SITTER_THANKS",
                "SITTER_MISSING",
                "NOTHING_WAITING",
                "REPLY_LATE",
                "SLOT_TAKEN",
                "SLOT_DECLINED",
                "SLOT_GONE",
                "UNKNOWN_INBOUND",
                "AFTER_HOURS",
            ),
        ),
        "News": ("NEWSLETTER",),
    }
)
"""Heading -> keys of the texts below it."""

PURPOSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "OPTIN_CONFIRM": ("Says that texts begin, and how they end.", "Goes after somebody agrees to texts."),
        "INTAKE_LINK": ("Leads to the own intake.", "Goes when an intake begins, or a physician needs more."),
        "INTAKE_NUDGE": ("Leads back to an intake.", "Goes two days after somebody left it unfinished."),
        "SIGN_NEEDED": ("Asks for a signature.", "Goes when a form has to be signed, and once more two days later."),
        "LOGIN_CODE": ("Carries a code to get in with.", "Goes at once, at any hour, to who asked for it."),
        "NEW_LINK": ("Leads where an old link led.", "Goes at once, at any hour, to who asked for it."),
        "BOOK_CONFIRM": ("Tells the date of a visit.", "Goes after a visit is booked."),
        "BOOK_CHANGED": ("Tells the new date of a visit.", "Goes after a visit is moved."),
        "VISIT_CANCELED": ("Tells that a visit will not take place.", "Goes after a visit is canceled."),
        "VISIT_24H": ("Reminds of a visit and asks to confirm it.", "Goes the day before the visit."),
        "VISIT_15M": ("Leads into a visit.", "Goes 15 minutes before it."),
        "VISIT_NO_SHOW": ("Offers another time.", "Goes after a visit was missed."),
        "SLOT_OFFER": ("Offers a time that came free.", "Goes to who waits for one, by day only."),
        "COURSE_BOOKED": ("Tells the dates of a course at once.", "Goes after the dates of a course are booked."),
        "COURSE_CHANGED": ("Tells that dates of a course are new.", "Goes after dates of a course are changed."),
        "COURSE_CANCELED": ("Tells that planned visits will not take place.", "Goes after a course is canceled."),
        "COURSE_OFFER": ("Asks somebody to choose dates.", "Goes when dates are offered."),
        "PREP_48H_SITTER": ("Asks whether a support person is set.", "Goes two days before a visit at home."),
        "SITTER_INVITE": ("Asks a support person to confirm.", "Goes when a patient names one."),
        "SITTER_MOVED": ("Asks a support person anew.", "Goes when the visit moves, to who had said yes."),
        "SITTER_OFF": ("Says that nobody is needed.", "Goes when the visit is called off, to who had said yes."),
        "HYDRATE_DAYBEFORE": ("Says how to prepare.", "Goes at 5:00 PM the day before a visit at home."),
        "HYDRATE_DAYBEFORE_DRY": (_SAME_WITHOUT, _RESTRICTED),
        "VISIT_TOMORROW": (
            "Is the reminder and the plan for tomorrow in one.",
            "Goes when the two would come close together.",
        ),
        "VISIT_TOMORROW_DRY": (_SAME_WITHOUT, _RESTRICTED),
        "CHECKLIST_EARLY": (
            "Says from when on the checklist is open.",
            "Goes the evening before, when the list opens before texts may leave.",
        ),
        "FASTING": ("Tells until when to eat and to drink.", "Goes an hour before the last time for food."),
        "FASTING_DRY": (_SAME_WITHOUT, _RESTRICTED),
        "HYDRATE_2H": ("Says what to do now.", "Goes two hours before a visit at home."),
        "HYDRATE_2H_DRY": (_SAME_WITHOUT, _RESTRICTED),
        "CHECKLIST_MISSING": (
            "Asks to wait.",
            "Goes half an hour before a visit at home, while the checklist is open.",
        ),
        "HOLD_TODAY": ("Asks to pause and says when to call 911.", "Goes when the checklist says no."),
        "POST_REST": ("Says how to rest, and not to drive.", f"{_AFTER}15 minutes after its planned end."),
        "POST_REST_DRY": (_SAME_WITHOUT, _RESTRICTED),
        "POST_EVENING": ("Asks how it goes and whom to call.", f"{_AFTER}the same evening."),
        "POST_EVENING_DRY": (_SAME_WITHOUT, _RESTRICTED),
        "POST_24H": ("Asks how somebody is.", f"{_AFTER}the next day."),
        "POST_72H": ("Asks how it went since.", f"{_AFTER}three days later."),
        "POST_7D": ("Asks what the next date has to know.", f"{_AFTER}a week later."),
        "SURVEY_LINK": ("Leads to a check-in.", "Goes when one is due."),
        "SURVEY_NUDGE1": ("Reminds of a check-in.", "Goes when it is open for a day."),
        "SURVEY_NUDGE2": ("Says that the next step waits.", "Goes when a check-in is open for three days."),
        "SHIP_SENT": ("Tells when a package comes.", "Goes when it is sent."),
        "SHIP_ATTEMPT": ("Leads to another time for a package.", "Goes when nobody could take it."),
        "SHIP_DELIVERED": ("Asks to check a package and lock it away.", "Goes when it was delivered."),
        "SHIP_CONFIRM": ("Asks once more to confirm a package.", "Goes the morning after it was delivered."),
        "SHIP_RECALL": ("Asks to set a delivery aside.", "Goes when what was in it is called back."),
        "SHIP_COUNT": ("Asks to count what is at home.", "Goes the morning after the next delivery was asked for."),
        "SHIP_ANSWER": ("Leads to an answer.", "Goes when the next delivery is declined."),
        "SHIP_LEFT": ("Leads to how to put away what is left.", "Goes the morning after a plan was over."),
        "PAY_FAILED": ("Leads to another card.", "Goes when a payment did not go through."),
        "PAY_RECEIPT": ("Leads to a receipt.", "Goes when a payment was received."),
        "PAY_ACTION": ("Leads to where a payment is confirmed.", "Goes when a bank asks for it."),
        "PAY_JOIN": ("Leads to setting up a membership.", "Goes when somebody is signed up for one."),
        "PAY_PRICE": ("Leads to a change of the membership\u2019s price.", "Goes when a change is announced."),
        "PAY_CARD_ENDS": ("Leads to another card.", "Goes in the last month of a card."),
        "PAY_RESUMES": ("Says that a membership goes on.", "Goes three days before a pause ends."),
        "STAFF_TEXT": ("Carries what one of us wrote in the inbox.", "Goes when it is written."),
        "STAFF_MSG": ("Leads to a secure message.", "Goes when one of us writes one."),
        "ON_CALL_PAGE": ("Calls a colleague to the on-call page.", "Goes at any hour, until somebody answers."),
        "STOP_REPLY": ("Confirms that texts end.", "Answers STOP."),
        "HELP_REPLY": ("Says where help is to be had.", "Answers HELP."),
        "START_REPLY": ("Says that texts go on.", "Answers START."),
        "CRISIS_REPLY": ("Says whom to call now.", "Answers words that sound like danger, at any hour."),
        "REPLY_THANKS": ("Thanks for confirming a visit.", "Answers 1 to a reminder."),
        "MOVE_REQUESTED": ("Leads to another time.", "Answers 2 to a reminder."),
        "SITTER_THANKS": ("Says that a support person is noted.", "Answers 1 to the question who will be there."),
        "SITTER_MISSING": ("Says that we call about it.", "Answers 2 to the question who will be there."),
        "NOTHING_WAITING": ("Says that no visit waits for an answer.", "Answers 1 or 2 when nothing was asked."),
        "SLOT_TAKEN": ("Says when the visit is.", "Answers 1 to an offered time."),
        "SLOT_DECLINED": ("Says that the place on the list stays.", "Answers 2 to an offered time."),
        "SLOT_GONE": ("Says that an offered time is gone.", "Answers 1 or 2 to an offer that is over."),
        "REPLY_LATE": ("Says that what we asked is over.", "Answers 1 or 2 that comes too late."),
        "UNKNOWN_INBOUND": ("Says that a person will read it.", "Answers words that the program does not know."),
        "AFTER_HOURS": ("Says whom to call meanwhile.", "Answers such words outside our hours."),
        "NEWSLETTER": ("Leads to a new article.", "Goes to who asked for news."),
    }
)
"""Key -> what a text is for, and when it goes."""
