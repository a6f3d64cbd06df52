"""The graph's nodes: planner, executor, joiner, agent."""
