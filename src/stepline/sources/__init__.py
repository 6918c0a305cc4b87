"""Foreign files read into records: FHIR R4, and whatever a file turns out to be by its content."""
