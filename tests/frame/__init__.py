"""Tests of the frame: the house rules, the documents, the front doors."""
