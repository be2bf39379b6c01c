"""The switch with which an administrator stops all texts at once."""

import sqlalchemy as sa
from alembic import op

revision = "sending_stopped"
down_revision = "message_wording"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending_switch",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.Uuid(), nullable=True),
        sa.Column("stopped_by_name", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(stopped_at is null) = (reason is null) and (stopped_at is null) = (stopped_by_name is null)",
            name=op.f("ck_sending_switch_says_why"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sending_switch")),
    )
    op.execute("insert into sending_switch (name) values ('texts')")


def downgrade() -> None:
    op.drop_table("sending_switch")
