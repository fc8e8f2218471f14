"""The clock: calendars, policies and the reading of an item's events. Pure; takes `now`."""
