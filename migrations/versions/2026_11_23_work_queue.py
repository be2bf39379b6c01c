"""Tasks can be put off for a while, except those about somebody's life."""

import sqlalchemy as sa
from alembic import op

revision = "work_queue"
down_revision = "intake"
branch_labels = None
depends_on = None

WHOLE = "(put_off_until is null) = (put_off_why is null) and (put_off_until is null) = (put_off_by_name is null)"
NEVER_WAIT = (
    "'call_outcome_missing', 'check_unwatched', 'danger_suspected', 'recall_call', 'session_check_late', "
    "'session_emergency'"
)


def upgrade() -> None:
    op.add_column("work_item", sa.Column("put_off_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("work_item", sa.Column("put_off_why", sa.String(), nullable=True))
    op.add_column("work_item", sa.Column("put_off_by_name", sa.String(), nullable=True))
    op.create_check_constraint(op.f("ck_work_item_put_off_whole"), "work_item", WHOLE)
    why = "put_off_why in ('no_answer', 'left_message', 'link_sent')"
    op.create_check_constraint(op.f("ck_work_item_put_off_why"), "work_item", why)
    no_danger = f"put_off_until is null or kind not in ({NEVER_WAIT})"
    op.create_check_constraint(op.f("ck_work_item_danger_does_not_wait"), "work_item", no_danger)


def downgrade() -> None:
    for name in ("danger_does_not_wait", "put_off_why", "put_off_whole"):
        op.drop_constraint(op.f(f"ck_work_item_{name}"), "work_item", type_="check")
    for column in ("put_off_by_name", "put_off_why", "put_off_until"):
        op.drop_column("work_item", column)
