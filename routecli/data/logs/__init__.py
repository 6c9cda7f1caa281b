"""Request logs into the store: sources, containers, formats, checks, quarantine, and the load itself."""
