"""Measurements, one command each (benchmarks/README.md). They make their own databases and remove them."""
