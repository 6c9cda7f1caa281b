"""Pure functions on cells, rates and policies: no disk, no clock, no state, exact rationals."""
