"""A clinic played forward on the simulated clock: for planning its capacity, and as a test of the whole product."""
