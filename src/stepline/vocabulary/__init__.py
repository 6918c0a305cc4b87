"""Room: vocabulary. What a record can be about: concepts, codes, names, units, sources."""
