"""What was asked about a visit, and whether there ever was a task of a key, is found without reading whole tables."""

from alembic import op

revision = "whole_tables"
down_revision = "faults"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_assessment_appointment", "assessment", ["appointment_id"], unique=False)
    op.create_index("ix_work_item_dedupe_key", "work_item", ["dedupe_key"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_work_item_dedupe_key", table_name="work_item")
    op.drop_index("ix_assessment_appointment", table_name="assessment")
