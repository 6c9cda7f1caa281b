"""The Typer command line: options only, no logic."""
