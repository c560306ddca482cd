"""From accepted to sent: a wake-up or the sweep calls `drain`, which claims due rows, sends them and records what came of it.

    wake_up ─┐
             ├→ drain → claims (database) → messages → email, text_message (network only) → outcomes (database)
    sweep ───┘

No database connection is used, and none is kept for long, while a provider is talked to.
"""
