"""Running a plan: tasks in, observations out; knows no language model."""
