"""The search for a policy: every kind of policy, on the queries that all models answered."""
