"""Where a patient says to be at a visit."""

import sqlalchemy as sa
from alembic import op

revision = "visit_location"
down_revision = "session_day"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "visit_location",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("visit_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("county_fips", sa.String(), nullable=True),
        sa.Column("place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('home', 'other')", name=op.f("ck_visit_location_kind")),
        sa.CheckConstraint("said_by in ('patient', 'staff', 'physician')", name=op.f("ck_visit_location_said_by")),
        sa.CheckConstraint(
            "(state in ('FL', 'NJ')) = (county_fips is not null)", name=op.f("ck_visit_location_county")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_visit_location_appointment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_location")),
        sa.UniqueConstraint("appointment_id", "number", name=op.f("uq_visit_location_appointment_id")),
    )


def downgrade() -> None:
    op.drop_table("visit_location")
