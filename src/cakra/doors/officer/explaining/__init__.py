"""Why the machine decided so: what a finding's facts mean, laid out for a person."""

from cakra.doors.officer.explaining.plate import FILTERS, PlateExplained, explain_plates

__all__ = ["FILTERS", "PlateExplained", "explain_plates"]
