"""Copies of cells that are written out field by field keep every field."""

from dataclasses import fields, replace

from routecli.model.workload import Cell, Key

KEY = Key("m", "p", "batch", "faq", "free", "/v1", "error", 2, 3, "gate", True, "eu", "fast", ("w",), 4, 5, ("label",))
CELL = Cell(KEY, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)


def test_no_field_of_the_samples_is_at_its_default() -> None:
    assert all(getattr(KEY, one.name) != one.default for one in fields(Key))
    assert all(getattr(CELL, one.name) != one.default for one in fields(Cell))


def test_a_key_in_another_epoch_keeps_the_rest() -> None:
    assert KEY.in_epoch(9) == replace(KEY, epoch=9)


def test_a_cell_under_another_key_keeps_its_sums() -> None:
    other = replace(KEY, model="n")
    assert CELL.under(other) == replace(CELL, key=other)
