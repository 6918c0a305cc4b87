"""Room: dosing. Body size, dose, vials, rates and equivalents: functions of values."""
