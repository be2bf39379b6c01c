"""The patient area: wishes to be let in, and sessions of signed-in patients."""

import sqlalchemy as sa
from alembic import op

revision = "patient_area"
down_revision = "life"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "entry_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wish", sa.String(), nullable=False),
        sa.Column("asked_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("link_token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("phone_id", sa.Uuid(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("try_count", sa.SmallInteger(), nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.CheckConstraint("wish in ('code', 'link')", name=op.f("ck_entry_request_wish")),
        sa.CheckConstraint(
            "code_hash is null or patient_id is not null", name=op.f("ck_entry_request_code_of_somebody")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_request")),
    )
    op.create_index("ix_entry_request_patient", "entry_request", ["patient_id"], unique=False)
    op.create_table(
        "patient_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("opened_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_patient_session_token_hash")),
    )
    op.create_index("ix_patient_session_patient", "patient_session", ["patient_id", "created_at"], unique=False)
    op.create_index(op.f("ix_patient_session_phone_id"), "patient_session", ["phone_id"], unique=False)


def downgrade() -> None:
    op.drop_table("patient_session")
    op.drop_table("entry_request")
