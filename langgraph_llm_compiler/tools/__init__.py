"""Tools of the samples and benchmarks: search and math."""
