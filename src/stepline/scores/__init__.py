"""Room: scores."""
