"""Benchmarks: what is asked, how it is run, how it is scored and reported."""
