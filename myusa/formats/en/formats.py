# A moment names its zone: times of the APIs and of logs are UTC, those of pages are not.
DATE_FORMAT = "F j, Y"
DATETIME_FORMAT = "F j, Y, g:i A T"
SHORT_DATETIME_FORMAT = "M j, g:i A T"
