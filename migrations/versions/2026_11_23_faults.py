"""What physicians set aside before a session is bound to what they decided on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "faults"
down_revision = "readiness"
branch_labels = None
depends_on = None

# What was set aside before counts as it did, but for a recall and a held list: a physician looks at those again.
KEPT = """
update readiness_override set evidence = coalesce(
    (select jsonb_agg(code) from jsonb_array_elements_text(codes) as code
     where code not in ('lot_recalled', 'checklist_held')), '[]'::jsonb)
"""


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("readiness_override", sa.Column("evidence", jsonb, nullable=False, server_default="[]"))
    op.execute(KEPT)
    op.alter_column("readiness_override", "evidence", server_default=None)


def downgrade() -> None:
    op.drop_column("readiness_override", "evidence")
