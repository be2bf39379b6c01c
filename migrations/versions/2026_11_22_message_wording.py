"""The words that a clinic gives its texts, and which of them each text left with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "message_wording"
down_revision = "treatment"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_wording",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("template_key", sa.String(), nullable=False),
        sa.Column("template_version", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_message_wording_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_wording")),
        sa.UniqueConstraint("template_key", "number", name=op.f("uq_message_wording_template_key")),
    )
    op.add_column("message", sa.Column("wording_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_message_wording_id"), "message", "message_wording", ["wording_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_message_wording_id"), "message", type_="foreignkey")
    op.drop_column("message", "wording_id")
    op.drop_table("message_wording")
