"""Room: exports. What leaves for other programs: calendars, FHIR."""
