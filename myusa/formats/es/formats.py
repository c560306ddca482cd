# Spanish as it is written in the United States: the order of words of Django's own formats, 12 hours, and numbers with a decimal point.
DATE_FORMAT = r"j \d\e F \d\e Y"
DATETIME_FORMAT = r"j \d\e F \d\e Y, g:i a T"
SHORT_DATETIME_FORMAT = r"j b, g:i a T"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
