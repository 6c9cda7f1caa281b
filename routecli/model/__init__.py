"""Frozen records that every part of the house shares: the ground floor, importing nothing above it."""
