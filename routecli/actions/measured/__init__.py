"""Policies with measured success: which evaluation set, what it says of each policy, with intervals."""
