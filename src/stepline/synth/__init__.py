"""Room: synth."""
