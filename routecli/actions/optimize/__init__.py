"""`optimize`: the cheapest policy that keeps the quality, found and judged on measured answers."""
