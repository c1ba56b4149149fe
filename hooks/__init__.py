"""Day-two operations on a live Kafka cluster: observe, plan, run.

`planner` decides (pure), `runners` act through `interfaces`, `clients` adapt the world to them,
`providers` show the whole to Pulumi as dynamic resources.
"""
