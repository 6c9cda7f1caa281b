"""`gate`: whether a change of prices, names or policies breaks the economics of a known workload."""
