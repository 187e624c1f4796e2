"""Reports, answers and look-alikes as real programs write them: pure functions from an occasion to bytes."""
