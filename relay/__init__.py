"""The public endpoint of tracked mail, deployable by itself: it knows opaque tokens and keeps graded hits."""
