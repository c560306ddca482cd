"""How dates are written (settings.FORMAT_MODULE_PATH), where Django's own way leaves something open."""
