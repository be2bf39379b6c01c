"""Where a patient stands in a long pause; who hands whom over to whom, and who moves where."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "life"
down_revision = "visit_location"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "care_pause",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("after_days", sa.SmallInteger(), nullable=False),
        sa.Column("closed_after", sa.Date(), nullable=True),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("forms_since", INSTANT, nullable=True),
        sa.Column("is_of_pain", sa.Boolean(), nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.CheckConstraint("(lifted_at is null) = (lifted_by is null)", name=op.f("ck_care_pause_lifted")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_care_pause_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_care_pause")),
    )
    op.add_column("physician", sa.Column("takes_patients", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.alter_column("physician", "takes_patients", server_default=None)
    _add_transfers()
    _add_moves()


def _add_transfers() -> None:
    op.create_table(
        "physician_transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("from_physician_id", sa.Uuid(), nullable=False),
        sa.Column("to_physician_id", sa.Uuid(), nullable=False),
        sa.Column("takes_effect_on", sa.Date(), nullable=False),
        sa.Column("had_since", INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_by_name", sa.String(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("answered_by_name", sa.String(), nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("left", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *_edited(),
        sa.CheckConstraint(
            "state in ('proposed', 'accepted', 'declined', 'withdrawn', 'done')",
            name=op.f("ck_physician_transfer_state"),
        ),
        sa.CheckConstraint("to_physician_id <> from_physician_id", name=op.f("ck_physician_transfer_somebody_else")),
        sa.CheckConstraint("(state = 'done') = (done_at is not null)", name=op.f("ck_physician_transfer_done")),
        sa.CheckConstraint(
            "state not in ('accepted', 'declined', 'done') or answered_at is not null",
            name=op.f("ck_physician_transfer_answered"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_physician_transfer_patient_id")),
        sa.ForeignKeyConstraint(
            ["from_physician_id"], ["physician.id"], name=op.f("fk_physician_transfer_from_physician_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_physician_id"], ["physician.id"], name=op.f("fk_physician_transfer_to_physician_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_physician_transfer")),
    )
    table, one = "physician_transfer", {"unique": False}
    is_open = sa.text("state in ('proposed', 'accepted')")
    op.create_index("uq_physician_transfer_open", table, ["patient_id"], unique=True, postgresql_where=is_open)
    op.create_index("ix_physician_transfer_patient", table, ["patient_id", "created_at"], **one)
    is_proposed, is_accepted = sa.text("state = 'proposed'"), sa.text("state = 'accepted'")
    op.create_index("ix_physician_transfer_to", table, ["to_physician_id"], **one, postgresql_where=is_proposed)
    op.create_index("ix_physician_transfer_due", table, ["takes_effect_on"], **one, postgresql_where=is_accepted)


def _add_moves() -> None:
    op.create_table(
        "relocation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("takes_effect_on", sa.Date(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_leaving", sa.Boolean(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("consequences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("planned_by_name", sa.String(), nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        *_edited(),
        sa.CheckConstraint("status in ('planned', 'done', 'withdrawn')", name=op.f("ck_relocation_status")),
        sa.CheckConstraint("is_leaving = (address_sealed is null)", name=op.f("ck_relocation_address")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_relocation_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relocation")),
    )
    is_planned = sa.text("status = 'planned'")
    op.create_index("uq_relocation_planned", "relocation", ["patient_id"], unique=True, postgresql_where=is_planned)
    op.create_index("ix_relocation_patient", "relocation", ["patient_id", "created_at"], unique=False)
    op.create_index(
        "ix_relocation_due", "relocation", ["takes_effect_on"], unique=False, postgresql_where=is_planned
    )


def _edited() -> tuple[sa.Column, ...]:
    return (
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("relocation")
    op.drop_table("physician_transfer")
    op.drop_column("physician", "takes_patients")
    op.drop_table("care_pause")
