"""The statistics of evaluation sets: pure functions of arrays, seeded where they draw."""
