"""Conditions of statements that are built once: lists as one parameter, none of them, and what is not known yet."""

import pytest
from sqlalchemy import Column, ForeignKey, MetaData, Table, literal, select

from clinic.kernel.statements import among, among_these, is_always, other_than

_TWO = select(literal(2).label("number")).subquery().c.number


def asked(session, condition, **values):
    return session.scalars(select(_TWO).where(condition), values).all() == [2]


@pytest.mark.parametrize(("values", "is_in"), [([1, 2], True), ([1, 3], False), ([], False)])
def test_one_of_a_list_and_none_of_it_are_each_others_contrary(session, values, is_in):
    assert asked(session, among(_TWO, "these"), these=values) is is_in
    assert asked(session, ~among(_TWO, "these"), these=values) is not is_in
    assert asked(session, among_these(_TWO, values)) is is_in
    assert asked(session, ~among_these(_TWO, values)) is not is_in
    assert asked(session, other_than(_TWO, values)) is not is_in


def test_a_column_that_has_no_type_yet_is_refused_where_the_statement_is_built():
    column = Table("later", MetaData(), Column("id", ForeignKey("elsewhere.id"))).c.id
    with pytest.raises(TypeError, match="has no type yet"):
        among(column, "these")


def test_a_word_is_written_out_only_if_it_is_one(session):
    word = select(literal("open").label("state")).subquery().c.state
    assert session.scalars(select(word).where(is_always(word, "open"))).all() == ["open"]
    assert session.scalars(select(word).where(is_always(word, "done"))).all() == []
    with pytest.raises(ValueError, match="is not a word"):
        is_always(word, "open' or true --")
