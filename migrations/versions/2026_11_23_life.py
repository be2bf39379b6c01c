"""Where a patient stands in a long pause; who hands whom over to whom, and who moves where."""

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    op.drop_table("care_pause")
