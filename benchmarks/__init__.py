"""Measurements that the README quotes; each is run as `python -m benchmarks.NAME` from the project's own folder."""
