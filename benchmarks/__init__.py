"""What Heardback costs, each area by itself: `python -m benchmarks.store`; all of them: `python -m benchmarks`."""
