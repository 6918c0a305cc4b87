"""PK and PD models as data, what they predict, and how a patient differs from them."""
