"""From accepted to sent: a wake-up or the sweep calls `drain`, which claims due rows, sends them and records the results.

    wake_up ─┐
             ├→ drain → claims (database) → messages → email, text_message (network only) → outcomes (database)
    sweep ───┘

Each channel has its own line: claims, threads, and how many of these an app or a recipient's domain may hold.

No database connection is used, or kept for long, during a conversation with a provider.
"""
