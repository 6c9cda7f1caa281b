"""Everything that touches disk, DuckDB or YAML: log formats, the store, workloads, rate cards, policy files."""
