"""Room: course."""
