"""Verbs of access: accounts, signing in and out, sessions, second factors and links."""

from clinic.access.actions.accounts import change_roles, disable_staff, enable_staff, invite_again, invite_staff
from clinic.access.actions.area_sessions import (
    area_seen,
    end_area_sessions,
    end_area_sessions_of_phone,
    leave_area,
    take_in_hand,
)
from clinic.access.actions.entering import ask_to_enter, fresh_link, issue_code, take_wish, use_code
from clinic.access.actions.factors import (
    CodesIssued,
    begin_totp,
    confirm_totp,
    forget_second_factor,
    new_recovery_codes,
)
from clinic.access.actions.links import (
    end_link_session,
    make_link,
    open_link,
    page_link,
    render_link,
    renew_link,
    revoke_links,
)
from clinic.access.actions.passwords import accept_invitation, change_password, finish_reset, start_reset
from clinic.access.actions.patients import hand_over_links, revoke_links_of_patient
from clinic.access.actions.results import Attempt, Entered, NotEntered, TooManyGuesses
from clinic.access.actions.sessions import end_all_sessions, link_seen, seen, sign_out, start_session
from clinic.access.actions.signing_in import (
    recovery,
    second_factor,
    sign_in,
    step_up_by_password,
)
from clinic.access.actions.vouching import vouch
from clinic.access.rules.links import LinkDead, LinkOpened, LinkTarget, WrongBirthDate

__all__ = [
    "Attempt",
    "CodesIssued",
    "Entered",
    "LinkDead",
    "LinkOpened",
    "LinkTarget",
    "NotEntered",
    "TooManyGuesses",
    "WrongBirthDate",
    "accept_invitation",
    "area_seen",
    "ask_to_enter",
    "begin_totp",
    "change_password",
    "change_roles",
    "confirm_totp",
    "disable_staff",
    "enable_staff",
    "end_all_sessions",
    "end_area_sessions",
    "end_area_sessions_of_phone",
    "end_link_session",
    "finish_reset",
    "forget_second_factor",
    "fresh_link",
    "hand_over_links",
    "invite_again",
    "invite_staff",
    "issue_code",
    "leave_area",
    "link_seen",
    "make_link",
    "new_recovery_codes",
    "open_link",
    "page_link",
    "recovery",
    "render_link",
    "renew_link",
    "revoke_links",
    "revoke_links_of_patient",
    "second_factor",
    "seen",
    "sign_in",
    "sign_out",
    "start_reset",
    "start_session",
    "step_up_by_password",
    "take_in_hand",
    "take_wish",
    "use_code",
    "vouch",
]
