"""Which columns hold something of somebody: every column of words, days or bytes of the whole database."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Columns:
    """The columns of one table that hold words, days or bytes.

    `watched` are canaries, `copies` say the same words as a watched column elsewhere, `typed` are words that staff
    typed about nobody, `plain` are codes, words of the product itself and other things that are nobody's.
    """

    watched: str = ""
    copies: str = ""
    typed: str = ""
    plain: str = ""

    def every(self) -> set[str]:
        return {*self.in_words(), *self.plain.split()}

    def in_words(self) -> list[str]:
        """Return the columns that may hold whatever somebody wrote."""
        return [*self.watched.split(), *self.copies.split(), *self.typed.split()]


COLUMNS = {
    "account_token": Columns(watched="token_hash", plain="purpose"),
    "answer": Columns(watched="value value_on", plain="item"),
    "answer_words": Columns(watched="words_sealed"),
    "appointment": Columns(
        watched="note_sealed",
        copies="updated_by overbook_by_name join_url",
        plain="uid visit_type_code state confirmed_via cancel_reason location_state location_county_fips location_zone",
        typed="overbook_reason",
    ),
    "appointment_history": Columns(copies="actor_name", plain="actor_kind change from_state to_state reason"),
    "assessment": Columns(plain="instrument_key language moment cause_key state"),
    "audit_event": Columns(
        copies="actor_name details ip",
        plain="actor_kind action subject_kind patient_ids request_id prev_hash hash",
    ),
    "availability_override": Columns(watched="note", copies="updated_by", plain="kind"),
    "availability_rule": Columns(copies="updated_by", plain="effective_from effective_until"),
    "calendar_feed": Columns(watched="token_hash"),
    "care_team_member": Columns(plain="reason"),
    "care_pause": Columns(copies="lifted_by", plain="last_on closed_after"),
    "check_in": Columns(copies="updated_by", plain="due_on zone state layout reason part"),
    "clinic_closure": Columns(copies="updated_by", typed="name", plain="state first_day last_day holiday"),
    "clinical_finding": Columns(watched="note_sealed", copies="actor_name", plain="kind details found_on"),
    "consent_signature": Columns(
        watched="typed_name_sealed released_to_sealed address_sealed agent_sealed",
        plain="language sha256 boxes statement",
    ),
    "consent_text": Columns(typed="words", plain="language sha256"),
    "consent_version": Columns(copies="published_by updated_by", plain="kind"),
    "consent_withdrawal": Columns(watched="note_sealed address_sealed", copies="actor_name", plain="told_by"),
    "contact_entry": Columns(watched="body_sealed", copies="author_name", plain="kind direction outcome"),
    "conversation": Columns(copies="updated_by"),
    "course_offer": Columns(copies="updated_by", plain="state options"),
    "emergency_access": Columns(watched="reason_sealed review_note_sealed", copies="updated_by"),
    "entry_request": Columns(watched="asked_sealed link_token_hash code_hash", plain="wish"),
    "flag": Columns(
        watched="sentence",
        copies="inputs updated_by",
        plain="rule_id domain evidence_class facts_key threshold escalates state look_again_on",
    ),
    "flag_disposition": Columns(watched="note_sealed", copies="actor_name", plain="decision look_again_on"),
    "guess": Columns(copies="account_key ip", plain="kind"),
    "heartbeat": Columns(typed="detail", plain="name"),
    "inbound_text": Columns(watched="body_sealed", plain="provider_sid to_e164 meaning"),
    "inbox": Columns(copies="payload", plain="source external_id"),
    "instrument_supplement": Columns(
        copies="actor_name", typed="licence_note", plain="instrument_key kind language content"
    ),
    "known_answer": Columns(watched="blob"),
    "licence": Columns(watched="number", copies="updated_by", plain="state valid_from valid_until"),
    "legal_basis": Columns(
        copies="updated_by", typed="name source note", plain="level state schedule valid_from valid_until"
    ),
    "link": Columns(watched="token_hash", plain="purpose resource_kind"),
    "link_session": Columns(watched="token_hash", plain="purpose"),
    "message": Columns(
        watched="variables_sealed",
        copies="email_to",
        plain="dedupe_key channel recipient_kind subject_kind template_key language zone policy category state "
        "lease_owner provider_sid reason",
    ),
    "message_attempt": Columns(watched="body_digest", plain="provider_sid outcome"),
    "message_event": Columns(plain="provider_sid status"),
    "message_lane": Columns(typed="pause_reason", plain="name"),
    "message_wording": Columns(copies="actor_name", typed="reason", plain="template_key words"),
    "monitoring_policy_version": Columns(copies="actor_name", typed="reason", plain="kind content"),
    "on_call_contact": Columns(copies="updated_by"),
    "on_call_notice": Columns(plain="channel"),
    "on_call_page": Columns(plain="dedupe_key kind"),
    "on_call_shift": Columns(copies="updated_by", plain="place"),
    "outbox": Columns(plain="topic state last_error_code"),
    "panel_view": Columns(watched="name", copies="updated_by", plain="query"),
    "patient": Columns(
        watched="record_number legal_first_name legal_last_name preferred_name birth_date email address_line_sealed "
        "city postal_code status_reason external_key",
        copies="search_key updated_by",
        plain="state county_fips zone language status",
    ),
    "patient_import": Columns(watched="file_name", copies="started_by_name updated_by", typed="problem", plain="state"),
    "patient_import_part": Columns(watched="content_sealed"),
    "patient_import_rejection": Columns(watched="row_sealed", typed="column reason"),
    "phone": Columns(watched="e164"),
    "physician": Columns(watched="full_name join_url", copies="updated_by", typed="credential", plain="zone"),
    "physician_cover": Columns(copies="updated_by", plain="first_day last_day"),
    "physician_transfer": Columns(
        watched="reason_sealed answer_sealed",
        copies="updated_by proposed_by_name answered_by_name left",
        plain="state takes_effect_on",
    ),
    "relocation": Columns(
        watched="address_sealed",
        copies="updated_by planned_by_name consequences",
        plain="from_state state status takes_effect_on",
    ),
    "plan_change": Columns(watched="details_sealed reason_sealed", copies="actor_name", plain="fields"),
    "plan_phase": Columns(watched="reason_sealed", copies="actor_name", plain="from_phase to_phase"),
    "plan_review": Columns(watched="note_sealed", copies="actor_name", plain="kind about_key decision"),
    "policy_version": Columns(copies="actor_name", typed="reason", plain="key value"),
    "provider_audit": Columns(plain="day unknown_sids missing_ids"),
    "pressure_reading": Columns(copies="actor_name", plain="actor_kind"),
    "protocol": Columns(typed="name"),
    "protocol_version": Columns(copies="actor_name", typed="reason", plain="definition"),
    "recovery_code": Columns(watched="code_hash"),
    "replacement": Columns(copies="updated_by started_by_name", plain="state"),
    "replacement_step": Columns(copies="actor_name said", plain="step"),
    "replacement_visit": Columns(copies="updated_by said approved_by_name", plain="state lacking"),
    "request_key": Columns(watched="request_hash", plain="actor_key"),
    "score": Columns(watched="value", plain="instrument_key name band"),
    "secure_message": Columns(watched="body_sealed", copies="author_name", plain="author_kind"),
    "sender_pace": Columns(plain="name"),
    "sending_switch": Columns(copies="stopped_by_name", typed="reason", plain="name"),
    "session_checklist": Columns(copies="updated_by", plain="outcome reasons"),
    "signature_request": Columns(copies="asked_by updated_by"),
    "sms_consent": Columns(plain="source wording_version"),
    "sms_consent_event": Columns(copies="actor_name", plain="change source wording_version"),
    "staff_account": Columns(
        watched="email full_name password_hash totp_seed_sealed", copies="email_key updated_by", plain="roles state"
    ),
    "staff_session": Columns(watched="token_hash ip"),
    "support_observation": Columns(copies="actor_name", plain="kind actor_kind"),
    "support_person": Columns(watched="name_sealed", copies="updated_by", plain="relation language state"),
    "sweep_run": Columns(plain="name"),
    "taper_plan": Columns(
        watched="reason_sealed relapse_plan_sealed", copies="updated_by", plain="state started_on ended_on returned"
    ),
    "taper_step": Columns(watched="direction_sealed", copies="updated_by", plain="planned_on state gate"),
    "treatment_plan": Columns(
        watched="indication_sealed support_name_sealed support_phone_sealed place_sealed",
        copies="updated_by",
        plain="paused_until phase adjustments prior_session_on in_person_exam_on patient_hours support_hours",
    ),
    "treatment_session": Columns(watched="outcome_reason_sealed", copies="updated_by", plain="phase outcome"),
    "visit_cap": Columns(copies="updated_by", plain="visit_type_code per effective_from effective_until"),
    "visit_location": Columns(
        watched="place_sealed", copies="actor_name", plain="visit_on kind state county_fips said_by"
    ),
    "visit_note": Columns(watched="words_sealed data_sealed", copies="updated_by", plain="content_hash"),
    "visit_note_addendum": Columns(watched="words_sealed", copies="actor_name", plain="content_hash"),
    "visit_type": Columns(copies="updated_by", typed="name name_es", plain="code purpose physician_segments"),
    "work_item": Columns(
        watched="reason_sealed outcome_note_sealed",
        copies="updated_by put_off_by_name",
        plain="kind dedupe_key owner_role subject_kind state outcome put_off_why",
    ),
    "disposal": Columns(watched="witness_sealed", copies="actor_name", plain="method on"),
    "fill": Columns(watched="pharmacy_reference", copies="updated_by", plain="state expires_on released_on"),
    "fill_event": Columns(watched="reason_sealed", copies="actor_name", plain="from_state to_state"),
    "lot": Columns(watched="number", copies="updated_by", plain="beyond_use_on compounded_on"),
    "lot_recall": Columns(watched="source reason_sealed", copies="actor_name"),
    "pdmp_check": Columns(watched="reference note_sealed outage_sealed", copies="actor_name", plain="result state"),
    "pharmacy": Columns(watched="name address phone dea_number", copies="updated_by", plain="channel"),
    "pharmacy_licence": Columns(watched="number", copies="updated_by", plain="state valid_from valid_until"),
    "prescriber_registration": Columns(
        watched="number address", copies="updated_by", plain="kind state valid_from valid_until"
    ),
    "prescription": Columns(
        watched="drug_sealed strength_value strength_unit directions_sealed indication_sealed external_reference",
        copies="signed_content_sealed updated_by",
        plain="content_hash expires_on external_status form held_from issued_on patient_state route schedule state",
    ),
    "prescription_event": Columns(watched="reason_sealed", copies="actor_name", plain="from_state to_state"),
    "readiness_check": Columns(
        watched="inputs_sealed", copies="actor_name", plain="moment verdict reasons overridden limits"
    ),
    "readiness_override": Columns(watched="reason_sealed", copies="actor_name", plain="kind codes evidence"),
    "receipt": Columns(watched="lot_number", copies="actor_name"),
    "recall_notice": Columns(copies="updated_by", plain="heard_from"),
    "refill_decision": Columns(
        watched="inputs_sealed override_reason_sealed",
        copies="actor_name",
        plain="moment overridden overridden_reasons policy reasons",
    ),
    "refill_request": Columns(
        watched="answer_sealed", copies="updated_by", plain="address_confirmed_on allowed_on asked_by asked_on state"
    ),
    "shipment": Columns(
        watched="address_sealed signed_by_sealed tracking_number tracker_id",
        copies="updated_by",
        plain="carrier channel county_fips expected_on state to_state",
    ),
    "supply_claim": Columns(
        watched="words_sealed settlement_sealed", copies="updated_by", plain="kind reported_by reported_on"
    ),
    "tracking_event": Columns(
        watched="detail place", copies="actor_name", typed="word", plain="external_key source status"
    ),
    "unit_count": Columns(copies="actor_name", plain="moment on"),
    "unit_entry": Columns(copies="actor_name", plain="kind on"),
    "address_mark": Columns(watched="mark", plain="key_id"),
    "address_word": Columns(copies="actor_name", plain="said_by on"),
    "fill_lot": Columns(),
    "billing_plan": Columns(copies="updated_by", typed="name name_es meaning meaning_es", plain="code"),
    "card_setup": Columns(watched="gateway_setup_id", plain="decline_code gateway state"),
    "care_allowance": Columns(plain="period_end_on period_start_on zone"),
    "credit_note": Columns(watched="reason", copies="actor_name", plain="issued_on kind"),
    "credit_note_line": Columns(),
    "discount": Columns(
        copies="approved_by updated_by",
        typed="code name",
        plain="hardship_reason review_on valid_from_on valid_until_on",
    ),
    "discount_redemption": Columns(copies="updated_by", plain="starts_on"),
    "document_counter": Columns(plain="series"),
    "gateway_customer": Columns(watched="gateway_customer_id", plain="gateway"),
    "hardship_request": Columns(copies="asked_by decided_by updated_by", plain="reason state"),
    "intake": Columns(copies="updated_by", plain="source state"),
    "intake_decision": Columns(
        watched="reason_sealed evidence_sealed evidence_hash",
        copies="actor_name",
        plain="decision outcome asked_of sections policy",
    ),
    "intake_section": Columns(watched="answers_sealed", copies="actor_name", plain="section"),
    "invoice": Columns(
        copies="billed_to_sealed updated_by",
        plain="currency due_on kind next_attempt_on period_end_on period_start_on state",
    ),
    "invoice_line": Columns(plain="kind service_end_on service_start_on"),
    "journal_entry": Columns(plain="entered_on memo source_kind"),
    "patient_session": Columns(watched="token_hash"),
    "payment": Columns(
        watched="gateway_payment_id", copies="updated_by", plain="decline_code gateway idempotency_key state"
    ),
    "payment_event": Columns(plain="code from_state learned_by to_state"),
    "payment_method": Columns(watched="gateway_method_id", copies="updated_by", plain="brand gateway last4"),
    "plan_entitlement": Columns(plain="key"),
    "plan_price": Columns(copies="created_by", plain="currency valid_from_on valid_until_on"),
    "posting": Columns(plain="account"),
    "price_change": Columns(copies="updated_by", plain="effective_on"),
    "price_notice": Columns(copies="told_by"),
    "refund": Columns(
        watched="gateway_refund_id", copies="updated_by", plain="failure_code gateway idempotency_key state"
    ),
    "renewal_consent": Columns(watched="address_sealed", copies="actor_name", plain="language wording wording_hash"),
    "subscription": Columns(
        copies="updated_by", plain="held_from hold_started_on period_end_on period_start_on resume_on state zone"
    ),
    "subscription_anchor": Columns(plain="anchor_on"),
    "subscription_event": Columns(watched="reason_sealed", copies="actor_name", plain="event from_state to_state"),
    "unit_balance": Columns(),
    "opening": Columns(),
    "slot_offer": Columns(copies="updated_by sentence", plain="channel state"),
    "waitlist_change": Columns(copies="actor_name reason", plain="actor_kind happening"),
    "waitlist_entry": Columns(copies="updated_by", plain="earliest_on latest_on weekdays state visit_type_code"),
}
